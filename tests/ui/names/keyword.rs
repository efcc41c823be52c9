//! Keywords as the names of axes.

use nnx::prelude::*;

axis!(Self = 3);
axis!(pub Tokens, type);

fn main() {}
