//! Recurrent layers: cells, and layers that apply a cell to each step of a sequence.
//!
//! | file | contents |
//! |---|---|
//! | `cell` | the trait of cells, which your own cells implement, too |
//! | `gates` | code that the cells share: options, weights, and the loop over steps |
//! | `lstm`, `gru`, `torch_gru`, `simple` | the cells |
//! | `rnn` | a cell over a sequence |
//! | `bidirectional` | two cells over a sequence, one from each end |
//! | `sequence` | what a run over a sequence computes |
//! | `steps` | sequences split into steps, stacked, and reversed |

mod bidirectional;
pub(super) mod bounds;
mod cell;
mod cost;
mod gates;
mod gru;
mod lstm;
mod rnn;
mod sequence;
mod simple;
mod steps;
mod torch_gru;

pub use bidirectional::{Bidirectional, BidirectionalRun};
pub use cell::{IntoCarry, RnnCell};
pub use cost::CellCost;
pub use gates::{CellOptions, LinearMap};
pub use gru::GruCell;
pub use lstm::{LstmCell, OptimizedLstmCell};
pub use rnn::{Rnn, RnnRun};
pub use simple::SimpleCell;
pub use torch_gru::TorchGruCell;
