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
mod bounds;
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

super::exports::exports! {
    bidirectional: prelude { Bidirectional } nn { BidirectionalRun };
    bounds: bounds { StepOf, StepsOf, LengthsOf };
    cell: prelude { RnnCell } nn { IntoCarry };
    cost: nn { CellCost };
    gates: prelude { CellOptions } nn { LinearMap };
    gru: prelude { GruCell };
    lstm: prelude { LstmCell, OptimizedLstmCell };
    rnn: prelude { Rnn } nn { RnnRun };
    simple: prelude { SimpleCell };
    torch_gru: prelude { TorchGruCell };
}
