//! Convolutions, transposed ones and their gradients against plain loops.

mod cases;
mod loops;
mod random;
mod shapes;
