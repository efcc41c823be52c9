//! What passes make of a program, and what a plan says of itself.

use nnx::module::record;
use nnx::ops::DynTensor;
use nnx::prelude::*;
use nnx::program::{Memo, OperandView, Plan, Program, Rewrites};

fn recorded(x: DynTensor, f: impl Fn(DynTensor) -> Vec<DynTensor>) -> Program {
    record(&Identity, vec![x], |x, _| f(x[0].clone())).expect("a program").0
}

fn plan(program: &Program, rewrites: Rewrites) -> Plan {
    Plan::with(program, rewrites, &Memo::default()).expect("a plan")
}

fn zeros(sizes: &[usize]) -> DynTensor {
    let count = sizes.iter().product();
    nnx::array::Array::new(vec![0.0f32; count], sizes).expect("as many elements").into()
}

#[test]
fn the_same_operation_on_the_same_inputs_is_computed_once() {
    let program = recorded(zeros(&[2, 3]), |x| {
        let (a, b) = (x.clone().softmax_axis(1), x.clone().softmax_axis(1));
        let (c, d) = (x.clone().softmax_axis(0), x.mul_scalar(2.0).softmax_axis(1));
        vec![a, b, c, d]
    });
    assert_eq!(program.steps(), 5);
    assert_eq!(plan(&program, Rewrites::Nothing).steps(), 5);
    let exact = plan(&program, Rewrites::Exact);
    assert_eq!(exact.steps(), 3, "one is fused with the product before it:\n{exact}");
    let outputs: Vec<_> = exact.program().outputs().collect();
    assert_eq!(outputs[0], outputs[1]);
}

/// The text of an operation may leave out what it computes by, such as a list of indices.
#[test]
fn selections_of_other_indices_are_not_the_same() {
    let program = recorded(zeros(&[3, 2]), |x| {
        let select = |indices: &[usize]| x.clone().index_select(0, indices.iter().copied());
        vec![select(&[0, 1]), select(&[2, 1])]
    });
    assert_eq!((program.steps(), plan(&program, Rewrites::All).steps()), (2, 2), "{program}");
}

#[test]
fn elementwise_steps_become_one_but_for_values_that_others_need() {
    let program = recorded(zeros(&[2, 3]), |x| vec![x.relu().exp().tanh().mul_scalar(0.5)]);
    assert_eq!(plan(&program, Rewrites::Exact).steps(), 1);
    let program = recorded(zeros(&[2, 3]), |x| {
        let y = x.relu().exp();
        vec![y.clone(), y.tanh().mul_scalar(0.5)]
    });
    assert_eq!(plan(&program, Rewrites::Exact).steps(), 2);
    // The sum needs what is within an expression.
    let program = recorded(zeros(&[2, 3]), |x| {
        let y = x.relu();
        let sum = y.clone().sum(&[1]).reshape(&[2, 1]).broadcast_to(&[2, 3]);
        vec![(y.exp() + sum).tanh()]
    });
    let exact = plan(&program, Rewrites::Exact);
    assert_eq!(exact.steps(), 5, "{exact}");
}

#[test]
fn a_product_takes_the_steps_after_it_that_alone_read_it() {
    let program = recorded(zeros(&[2, 3]), |x| {
        let y = x.clone().linear(zeros(&[3, 3]), Some(zeros(&[3])));
        vec![(y.gelu() + x).relu()]
    });
    let exact = plan(&program, Rewrites::Exact);
    assert_eq!(
        exact.to_string(),
        "plan (%0: (2, 3) f32)\n         \
         FLOPs  bytes moved  bytes alive\n            \
         60          120           24  %4 = {linear + gelu + add + relu, packed} %0 [(3, 3) f32] [(3,) f32] %0: (2, 3) \
         f32\n\
         return %4\n\
         1 steps of 4 recorded ones, of which 0 aren't needed and 0 were computed before; 60 FLOPs, 120 bytes moved, at \
         most 24 bytes alive\n"
    );
    let program = recorded(zeros(&[2, 3]), |x| {
        let y = x.linear(zeros(&[3, 3]), None);
        vec![y.clone(), y.relu()]
    });
    assert_eq!(plan(&program, Rewrites::Exact).steps(), 2);
}

#[test]
fn sums_and_softmaxes_read_what_elementwise_steps_compute_block_by_block() {
    let steps = |f: fn(DynTensor) -> Vec<DynTensor>| {
        let program = recorded(zeros(&[4, 6]), f);
        let exact = plan(&program, Rewrites::Exact);
        (exact.steps(), exact.to_string())
    };
    let (count, text) = steps(|x| vec![x.square().mean(&[0, 1])]);
    assert!(count == 1 && text.contains("{powf + mean} %0: () f32"), "{text}");
    let (count, text) = steps(|x| vec![x.mul_scalar(2.0).add_scalar(1.0).softmax()]);
    assert!(count == 1 && text.contains("{mul_scalar + add_scalar + softmax} %0"), "{text}");
    // The first axis isn't one of rows, another operation reads the input, and there is nothing to fuse.
    assert_eq!(steps(|x| vec![x.exp().sum(&[0])]).0, 2);
    let (count, text) = steps(|x| {
        let y = x.exp();
        vec![y.clone().sum(&[1]), y]
    });
    assert_eq!(count, 2, "{text}");
    assert_eq!(steps(|x| vec![x.softmax().sum(&[1])]).0, 2);
    // The array between both isn't in memory.
    let program = recorded(zeros(&[100, 60]), |x| vec![x.exp().sum(&[1])]);
    let peaks = [Rewrites::Nothing, Rewrites::Exact].map(|all| plan(&program, all).peak_bytes());
    assert_eq!(peaks, [6100 * 4, 100 * 4]);
}

#[test]
fn pools_read_what_convolutions_compute_block_by_block() {
    let window = |size, stride| nnx::size::AxisWindow {
        size,
        stride,
        dilation: 1,
        input_dilation: 1,
        edge: nnx::size::Edge::Valid,
    };
    let conv = |x: DynTensor| x.conv(zeros(&[3, 3, 2, 5]), None, [window(3, 1); 2], 1);
    let x = || zeros(&[2, 10, 10, 2]);
    let program = recorded(x(), |x| vec![conv(x).relu().max_pool([window(2, 2); 2])]);
    let exact = plan(&program, Rewrites::Exact);
    assert!(exact.to_string().contains("{conv + relu + max_pool, offsets}"), "{exact}");
    assert_eq!((exact.steps(), exact.peak_bytes()), (1, 2 * 4 * 4 * 5 * 4), "{exact}");
    let program = recorded(x(), |x| vec![conv(x).mean(&[1, 2])]);
    let exact = plan(&program, Rewrites::Exact);
    assert!(exact.steps() == 1 && exact.to_string().contains("{conv + mean, offsets}"), "{exact}");
    assert_eq!(exact.flops(), program.flops());
    let program = recorded(x(), |x| {
        let y = conv(x).relu();
        vec![y.clone().max_pool([window(2, 2); 2]), y]
    });
    assert_eq!(plan(&program, Rewrites::Exact).steps(), 2);
}

#[test]
fn packed_weights_have_the_size_of_the_weights() {
    let program = recorded(zeros(&[2, 5]), |x| vec![x.linear(zeros(&[5, 96]), None)]);
    assert_eq!(plan(&program, Rewrites::Exact).prepared_bytes(), 5 * 96 * 4);
    assert_eq!(plan(&program, Rewrites::Nothing).prepared_bytes(), 0);
}

#[test]
fn plans_of_one_memo_share_what_they_compute_of_weights() {
    let (memo, model) = (Memo::default(), Linear::<U3, U40>::init(&mut Rngs::new(0)));
    let mut seen = Vec::new();
    for batch in 1..4 {
        let run = |x: Vec<DynTensor>, pass: &mut Pass| {
            let weights = model.kernel.get(pass).into_dyn();
            vec![x[0].clone().linear(weights.mul_scalar(2.0), None).relu()]
        };
        let (program, _) = record(&model, vec![zeros(&[batch, 3])], run).expect("a program");
        let plan = Plan::with(&program, Rewrites::All, &memo).expect("a plan");
        assert_eq!(plan.steps(), 1);
        seen.push(format!("{memo:?}"));
    }
    // The scaled weights, and these packed.
    assert_eq!(seen, ["Memo { results: 2 }"; 3]);
}

#[test]
fn programs_are_equal_if_their_steps_and_constants_are() {
    let of = |factor: f64, weight: f32| {
        let weights = DynTensor::from(nnx::array::Array::full(weight, &[3, 2]));
        recorded(zeros(&[2, 3]), move |x| vec![x.linear(weights.clone(), None).mul_scalar(factor)])
    };
    assert_eq!(of(2.0, 1.0), of(2.0, 1.0));
    assert_ne!(of(2.0, 1.0), of(2.5, 1.0));
    assert_ne!(of(2.0, 1.0), of(2.0, 1.5));
    let other = recorded(zeros(&[2, 3]), |x| vec![x.relu()]);
    assert_ne!(of(2.0, 1.0), other);
}

#[test]
fn a_program_lists_its_variables_values_and_outputs() {
    let model = Linear::<U3, U2>::init(&mut Rngs::new(0));
    let program = compile(&model).program(<Tensor![4, 3]>::zeros()).expect("a program");
    let variables: Vec<_> = program.variables().map(|x| (x.path, x.value)).collect();
    assert_eq!(variables, [("kernel", 1), ("bias", 2)]);
    assert_eq!(program.inputs(), [0]);
    assert_eq!(program.value(1).map(|x| x.to_string()), Some("(3, 2) of f32".to_owned()));
    assert_eq!(program.value(9), None);
    let operands: Vec<_> = program.iter().flat_map(|step| step.operands()).collect();
    assert_eq!(operands, [0, 1, 2].map(OperandView::Value));
    assert_eq!(program.outputs().collect::<Vec<_>>(), [OperandView::Value(3)]);
}

#[test]
fn a_profile_has_a_time_and_a_floor_for_each_step() {
    let program = recorded(zeros(&[64, 300]), |x| {
        vec![x.linear(zeros(&[300, 200]), None).relu().softmax_axis(1)]
    });
    let plan = plan(&program, Rewrites::Exact);
    let x = zeros(&[64, 300]).into_array();
    let profile = plan.profile(std::slice::from_ref(&x), 3).expect("a profile");
    let names: Vec<&str> = profile.steps().iter().map(|step| &*step.name).collect();
    assert_eq!(names, ["{matmul + relu, packed}", "softmax"]);
    assert!(profile.steps().iter().all(|step| !step.floor.is_zero() && !step.time.is_zero()));
    assert!(profile.total() >= profile.steps().iter().map(|step| step.time).max().expect("two"));
    assert!(profile.to_string().lines().count() == 4, "{profile}");
    let picture = plan.to_svg(Some(&profile));
    assert!(
        picture.contains("2 steps; arena of 102400 bytes, at most 102400 bytes alive"),
        "{picture}"
    );
    assert_eq!(picture.matches("<rect").count(), 4);
    let refused = plan.profile(&[nnx::array::Array::scalar(1.0f32)], 1).unwrap_err().to_string();
    assert_eq!(
        refused,
        "`program` was recorded for inputs of shape (64, 300) of f32, found () of f32"
    );
}

#[test]
fn the_memory_of_a_plan_is_what_a_run_takes() {
    type Step = fn(DynTensor) -> DynTensor;
    let steps: [(&str, Step); 7] = [
        ("softmaxes", |x| x.softmax_axis(1).softmax_axis(1).softmax_axis(1)),
        ("in place", |x| x.softmax_axis(1).relu().exp()),
        ("views", |x| x.softmax_axis(1).permute(&[1, 0]).reshape(&[400]).softmax_axis(0)),
        ("slices", |x| {
            let y = x.softmax_axis(1);
            let halves = [0, 10].map(|from| y.clone().slice(1, from, 10).reshape(&[200]));
            halves.into_iter().reduce(|a, b| a + b).expect("two")
        }),
        ("two alive", |x| x.clone().softmax_axis(1) + x.softmax_axis(0)),
        ("a residual", |x| {
            let y = x.softmax_axis(1);
            y.clone() + y.linear(zeros(&[20, 20]), None).gelu()
        }),
        ("broadcast", |x| {
            let sums = x.clone().sum(&[1]).reshape(&[20, 1]).broadcast_to(&[20, 20]);
            x * sums
        }),
    ];
    for (name, step) in steps {
        let program = recorded(zeros(&[20, 20]), |x| vec![step(x)]);
        for rewrites in [Rewrites::Nothing, Rewrites::Exact] {
            let plan = plan(&program, rewrites);
            // Kept, as an input isn't counted when it is freed.
            let x = zeros(&[20, 20]).into_array();
            let (y, measured) = nnx::array::peak_bytes(|| plan.run(vec![x.clone()]));
            y.expect("a run");
            let stated = plan.peak_bytes();
            let off = stated.abs_diff(measured) as f64 / measured as f64;
            assert!(off <= 0.05, "{name}: {stated} bytes stated, {measured} measured\n{plan}");
        }
    }
}
