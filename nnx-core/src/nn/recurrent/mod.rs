//! Recurrent layers: cells, and what applies them to each step of a sequence.
//!
//! | file | holds |
//! |---|---|
//! | `cell` | the trait of cells, for those of one's own too |
//! | `gates` | what the cells here have in common: options, weights, steps |
//! | `lstm`, `gru`, `simple` | the cells |
//! | `rnn` | a cell over a sequence |
//! | `bidirectional` | two of them, one from each end |
//! | `steps` | sequences taken apart into steps, put together, and turned round |

mod bidirectional;
mod cell;
mod gates;
mod gru;
mod lstm;
mod rnn;
mod simple;
mod steps;

pub use bidirectional::{Bidirectional, OverBoth};
pub use cell::{CarryFor, RnnCell};
pub use gates::{CellOptions, LinearMap};
pub use gru::GruCell;
pub use lstm::{LstmCell, OptimizedLstmCell};
pub use rnn::{Over, Rnn};
pub use simple::SimpleCell;
