//! `einsum!` as an expression: shapes that it infers, generic code, names of the caller, and runtime axes.

use nnx::prelude::*;

use crate::panic_of;

/// Attention with any batch, heads and width.
fn attention<B: Dim, H: Size, T: Dim, D: Size>(
    [q, k, v]: [Tensor<(B, T, H, D)>; 3],
) -> Tensor<(B, T, H, D)> {
    let scores: Tensor<(B, H, T, T)> = einsum!("bqhd,bkhd->bhqk", q, k);
    einsum!("bhqk,bkhd->bqhd", scores.softmax(), v)
}

#[test]
fn generic_code_contracts_axes_that_are_parameters() {
    let x = || <Tensor![Batch, Time, 2, 3]>::from_shape_vec(&[1, 4, 2, 3], vec![0.5; 24]);
    let y = attention([(); 3].map(|()| x().expect("24 elements")));
    assert_eq!((&*y.dims(), y.to_vec()), (&[1, 4, 2, 3][..], vec![0.5; 24]));
}

#[test]
fn any_number_of_operands_and_axes_that_are_repeated() {
    let (x, m) = (Tensor::from([1.0, 2.0]), Tensor::from([[1.0, 2.0], [3.0, 4.0]]));
    let form: Tensor![] = einsum!("i,ij,j->", x.clone(), m.clone(), x.clone());
    assert_eq!(form.item(), 27.0);
    let trace: Tensor![] = einsum!("ii->", m.clone());
    assert_eq!(trace.item(), 5.0);
    let diagonal: Tensor![2] = einsum!("ii->i", m.clone());
    assert_eq!(diagonal.to_vec(), [1.0, 4.0]);
    let transposed: Tensor![2, 2] = einsum!(" ij -> ji ", m.clone());
    assert_eq!(transposed.to_vec(), [1.0, 3.0, 2.0, 4.0]);
    let scaled: Tensor![2, 2] = einsum!(",ij->ij", Tensor::from(2.0), m.clone());
    assert_eq!(scaled.to_vec(), [2.0, 4.0, 6.0, 8.0]);
    let of_four: Tensor![2; f64] = {
        let m = m.cast::<f64>();
        einsum!("ab,bc,cd,d->a", m.clone(), m.clone(), m, x.cast::<f64>())
    };
    assert_eq!(of_four.to_vec(), [145.0, 317.0]);
}

#[test]
fn leading_axes_are_kept_and_broadcast() {
    let x: Tensor![Batch, 3, 2] = Tensor::from_vec(vec![1.0; 12]).expect("two examples");
    let w = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    let y: Tensor![Batch, 3, 2] = einsum!("...i,io->...o", x.clone(), w.clone());
    assert_eq!(y.to_vec()[..2], [4.0, 6.0]);
    let y: Tensor![2, 2] = einsum!("...ij,...jk->...ik", w.clone(), w);
    assert_eq!(y.to_vec(), [7.0, 10.0, 15.0, 22.0]);
    let per_row: Tensor![Batch, 3] = einsum!("...i,...i->...", x, Tensor::from([1.0, 2.0]));
    assert_eq!(per_row.to_vec(), [3.0; 6]);
}

#[test]
fn names_of_the_caller_are_not_hidden() {
    // These bounds are also in the expansion of the macro.
    let (operand0, __contract) = (Tensor::from([1.0, 2.0]), Tensor::from([3.0, 4.0]));
    assert_eq!(einsum!("i,i->", __contract, operand0).item(), 11.0);
    fn shadowed<Shape0: Dim, Element0: Real>(
        x: Tensor<(Shape0,), Element0>,
    ) -> Tensor<(), Element0> {
        einsum!("i->", x)
    }
    assert_eq!(shadowed(Tensor::from([1.0, 2.0])).item(), 3.0);
}

#[test]
fn gradients_flow_to_each_operand() {
    let x = Tensor::from([1.0, 2.0]);
    let slope = nnx::tensor::gradient(|x| einsum!("i,i,i->", x.clone(), x.clone(), x), x);
    assert_eq!(slope.to_vec(), [3.0, 12.0]);
}

#[test]
fn a_runtime_axis_of_two_sizes_is_a_panic_that_names_both() {
    let batch = |n: usize| <Tensor![Batch, 2]>::from_vec(vec![1.0; 2 * n]).expect("pairs");
    for other in [1, 3] {
        let text = panic_of(|| einsum!("bi,bi->b", batch(2), batch(other)));
        let problem = format!("the axis `Batch` is 2 in operand 1 and {other} in operand 2");
        assert_eq!(
            text,
            format!("`einsum`: {problem}; all operands must come from the same batch")
        );
        assert!(panic_of(|| einsum!("...i,...i->...", batch(2), batch(other))).contains(&problem));
    }
}
