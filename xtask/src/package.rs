//! `package`: each published crate builds from its packaged files alone.

use crate::steps::{Failed, Steps, command};

/// Packs all crates and builds each from its package. The crates find one another in a registry that
/// cargo makes of the packages; the others come from crates.io, as for users.
pub(crate) fn package(steps: &mut Steps) -> Result<(), Failed> {
    // A check of the files as they are, whether they are committed or not.
    steps.run(command("cargo package --workspace --exclude xtask --locked --allow-dirty"))
}
