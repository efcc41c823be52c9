//! Every macro with input of the wrong form: each line has a message of its own, none about macro rules or recursion.

use nnx::prelude::*;

type S0 = shape![,];
type S1 = shape![3,, 4];
type S2 = shape![, 3];
type S3 = shape![4 * 7];
type S4 = shape![{ 4 } * 7];
type S5 = shape![{}];
type S6 = shape![{ 3; }];
type S7 = shape![2; i32];
type S8 = shape![;];
type S9 = shape![U2 U3];
type S10 = shape![U2 * 2];
type S11 = shape![= 3];
type S15 = shape![B: 3];
type S16 = shape![3 => 4];
type S17 = shape![28, 28, #];
type S18 = shape![..];
type S19 = shape![@axes];

type T0 = Tensor![2; i32; f32];
type T1 = Tensor![;];
type T2 = Tensor![; i32];
type T3 = Tensor![2; 3];
type T4 = Tensor![2, 3; i32 f32];
type T5 = Tensor![2 3; i32];
type T6 = Tensor![2;; i32];
type T7 = Tensor![2: i32];
type T8 = Tensor![Batch; i32, f32];
type T9 = Tensor![, ; f32];

type D0 = dim!();
type D1 = dim!(64, 7);
type D2 = dim!(64 7);
type D3 = dim!(;);

axis!(pub Batch Time);
axis!(3);
axis!(Batch: usize);
axis!(,);
axis!(Batch == 3);
axis!(pub);

kind!(Counter: );
kind!(Counter = kind::Param);
kind!(kind::Param);
kind!(,);
kind!(Counter: kind::Param Other: kind::Param);

einsum! { Project }
einsum! { "bi,io->bo" }
einsum! { ; }
einsum! { Project: for<B> (B, 3), (3, O) -> (B, O); }
einsum! { Project: for<B> (B, I), (I, O) -> (B, O), bais (O); }
einsum! { Letters: (B, I, I), (I, O, P, P) -> (B, Z, Z), bias (O, Z, O); }

fn values(x: Tensor![2]) {
    let _ = shape_of!();
    let _ = shape_of!(x, x);
    let _ = shape_of!(x; x);
}

fn main() {}
