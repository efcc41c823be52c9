//! Normalizations over groups of features and over space.

use nnx::nn::bounds::InGroups;
use nnx::prelude::*;

use crate::case::Case;
use crate::normalization::{options, started};

fn case(name: String) -> Case {
    Case::open("normalization", name.leak())
}

fn group_norm<S: Shape, G: Size>(name: &str, options: &NormOptions)
where
    U6: InGroups<G>,
    GroupNorm<U6, G>: Layer<Tensor<S>, Output = Tensor<S>>,
{
    let mut layer = GroupNorm::<U6, G>::with(options, &mut Rngs::new(0));
    case(format!("group norm {name}")).check::<_, S, S>(&mut layer);
}

#[test]
fn group_norm_under_all_options() {
    for (name, options) in options() {
        group_norm::<shape![Batch, 4, 6], U3>(name, &options);
    }
}

fn group_norm_of_any_rank<G: Size>()
where
    U6: InGroups<G>,
{
    let groups = G::USIZE;
    group_norm::<shape![Batch, 6], G>(&format!("groups={groups} rank=2"), &started());
    group_norm::<shape![Batch, 3, 2, 6], G>(&format!("groups={groups} rank=4"), &started());
    group_norm::<shape![Batch, Time, 3, 2, 6], G>(&format!("groups={groups} rank=5"), &started());
}

#[test]
fn group_norm_of_one_group_to_one_a_feature() {
    group_norm_of_any_rank::<U1>();
    group_norm_of_any_rank::<U2>();
    group_norm_of_any_rank::<U6>();
}

#[test]
fn group_norm_has_32_groups_by_default() {
    let mut layer = GroupNorm::<U64>::init(&mut Rngs::new(0));
    case("group norm of 32 groups".to_owned()).check::<_, shape![Batch, 3, 64], _>(&mut layer);
}

fn instance_norm<S: Shape>(name: &str, options: &NormOptions)
where
    InstanceNorm<U3>: Layer<Tensor<S>, Output = Tensor<S>>,
{
    let mut layer = InstanceNorm::<U3>::with(options, &mut Rngs::new(0));
    case(format!("instance norm {name}")).check::<_, S, S>(&mut layer);
}

#[test]
fn instance_norm_under_all_options() {
    for (name, options) in options() {
        instance_norm::<shape![Batch, 4, 3]>(name, &options);
    }
}

#[test]
fn instance_norm_of_any_rank() {
    instance_norm::<shape![Batch, 3, 4, 3]>("rank=4", &started());
    instance_norm::<shape![Batch, Time, 3, 2, 3]>("rank=5", &started());
}
