//! The table of all operations: those that the file of a program may have. An operation is its file and a row here;
//! functions of one element are in it by their rows in `elementwise`.

use super::binary::{self, Binary};
use super::registry::{Row, in_place, operation};
use super::unary::{self, Unary};
use super::*;

/// The rows of all operations.
pub(crate) fn rows() -> impl Iterator<Item = Row> {
    let rows = OPERATIONS.iter().copied().chain(elementwise::rows());
    #[cfg(feature = "linalg")]
    let rows = rows.chain(linalg::OPERATIONS.iter().copied());
    #[cfg(feature = "fft")]
    let rows = rows.chain(FFT.iter().copied());
    rows
}

const OPERATIONS: &[Row] = &[
    operation::<along::TakeAlong>(),
    operation::<assemble::Pad>(),
    operation::<assemble::Concat>(),
    operation::<assemble::AddPart>(),
    operation::<attention::AttentionForward>(),
    operation::<attention::Attention>(),
    in_place::<attention_backward::AttentionBackward>(),
    operation::<batch_moments::BatchMoments>(),
    operation::<batch_norm::BatchNormInference>(),
    operation::<categorical::Categorical>(),
    operation::<compare::Compare>(),
    operation::<compare::Select>(),
    operation::<compare::Cast>(),
    operation::<convolution::Convolution>(),
    operation::<cross_entropy::CrossEntropyRows>(),
    operation::<cross_entropy::CrossEntropy>(),
    operation::<cross_entropy::CrossEntropyGradient>(),
    operation::<ctc::Ctc>(),
    operation::<cumulative::Cumulative>(),
    operation::<cumulative::CumulativePosition>(),
    operation::<diagonal::Diagonal>(),
    operation::<diagonal::DiagEmbed>(),
    operation::<diagonal::Triangle>(),
    operation::<extremes::Extreme>(),
    operation::<extremes::ArgExtreme>(),
    in_place::<in_place::UpdateSlice>(),
    operation::<index::TakeRows>(),
    operation::<index::AddRows>(),
    operation::<index_select::IndexSelect>(),
    operation::<index_select::IndexAdd>(),
    operation::<integer::Bitwise>(),
    operation::<integer::BitwiseNot>(),
    operation::<key::FoldIn>(),
    operation::<layer_norm::LayerNorm>(),
    operation::<layer_norm::LayerNormGradient>(),
    operation::<layer_norm::Var>(),
    operation::<layer_norm_affine::LayerNormAffine>(),
    in_place::<layer_norm_backward::LayerNormBackward>(),
    operation::<lerp::Lerp>(),
    operation::<linear::Linear>(),
    operation::<loss::Cosine>(),
    operation::<matmul::MatMul>(),
    operation::<norm::Norm>(),
    operation::<norm::StdDev>(),
    operation::<numbers::Increment>(),
    in_place::<optimizer_step::OptimizerStep>(),
    operation::<order::OrderedPositions>(),
    operation::<pick::Pick>(),
    operation::<pick::Put>(),
    operation::<pool::Pool>(),
    operation::<prod::Prod>(),
    operation::<random::Draw>(),
    operation::<rearrange::ReverseRows>(),
    operation::<recurrence::Recurrence>(),
    operation::<recurrent::RecurrentForward>(),
    operation::<recurrent::Recurrent>(),
    in_place::<recurrent_backward::RecurrentBackward>(),
    operation::<reduce::Reduce>(),
    operation::<scatter::ScatterAlong>(),
    operation::<search::SearchSorted>(),
    operation::<search::BinCount>(),
    operation::<search::Histogram>(),
    operation::<softmax::Softmax>(),
    operation::<softmax::SoftmaxGradient>(),
    operation::<sparsemax::Sparsemax>(),
    operation::<sparsemax::SparsemaxLoss>(),
    operation::<truth::Truth>(),
    operation::<view::Broadcast>(),
    operation::<view::Reshape>(),
    operation::<view::Permute>(),
    operation::<view::Slice>(),
    operation::<numbers::Numbers>(),
    operation::<Unary<unary::Negate>>(),
    operation::<Unary<unary::MulScalar>>(),
    operation::<Unary<unary::AddScalar>>(),
    operation::<Unary<unary::Inside>>(),
    operation::<Unary<loss_terms::AbsPower>>(),
    operation::<Unary<special::Polygamma>>(),
    operation::<Unary<special::OneMinusSquare>>(),
    operation::<Unary<special::SincSlope>>(),
    operation::<Unary<gelu::GeluGradient>>(),
    operation::<Unary<gelu::GeluExactGradient>>(),
    operation::<Unary<activation::Elu>>(),
    operation::<Unary<activation::EluSlope>>(),
    operation::<Unary<loss::SquaredError>>(),
    operation::<Unary<loss::L2>>(),
    operation::<Unary<loss::Huber>>(),
    operation::<Unary<loss::LogCosh>>(),
    operation::<Unary<loss::Hinge>>(),
    operation::<Binary<binary::Sum>>(),
    operation::<Binary<binary::Difference>>(),
    operation::<Binary<binary::Product>>(),
    operation::<Binary<binary::Quotient>>(),
    operation::<Binary<binary::ReluGradient>>(),
    operation::<Binary<binary::Weighted>>(),
    operation::<Binary<loss_terms::GeneralizedKl>>(),
    operation::<Binary<loss_terms::Poly>>(),
    operation::<Binary<loss::BinaryCrossEntropy>>(),
    operation::<Binary<focal::MissedPower>>(),
    operation::<Binary<focal::Focal>>(),
];

#[cfg(feature = "fft")]
const FFT: &[Row] =
    &[operation::<fft::Fft>(), operation::<fft::RealFft>(), operation::<fft::HalfFft>()];
