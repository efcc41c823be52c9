//! Small pictures of shapes, painted from a seed, in place of photos.

use std::error::Error;
use std::fs;
use std::path::Path;

use nnx::prelude::*;
use nnx_train::{Image, Random};

/// Whether a shape covers a point; coordinates are from its centre, in units of its size.
type Covers = fn(f32, f32) -> bool;

/// Shapes of a class each, with the names of their folders.
const SHAPES: [(&str, Covers); 9] = [
    ("bars", |x, y| x.abs() < 1.0 && y.abs() < 1.0 && (x * 2.5).floor() as i32 % 2 == 0),
    ("cross", |x, y| (x.abs() < 0.3 && y.abs() < 1.0) || (y.abs() < 0.3 && x.abs() < 1.0)),
    ("disc", |x, y| x * x + y * y < 1.0),
    ("frame", |x, y| x.abs().max(y.abs()) < 0.95 && x.abs().max(y.abs()) > 0.6),
    ("square", |x, y| x.abs().max(y.abs()) < 0.85),
    ("triangle", |x, y| y < 0.8 && y > 2.0 * x.abs() - 1.0),
    ("diamond", |x, y| x.abs() + y.abs() < 1.1),
    ("moon", |x, y| x * x + y * y < 1.0 && (x - 0.5).powi(2) + y * y > 0.7),
    ("ring", |x, y| x * x + y * y < 1.0 && x * x + y * y > 0.4),
];

/// Paints pictures of six classes, and of three others, unless the folder is there.
pub(crate) fn paint_all(folder: &Path, each: usize, seed: u64) -> Result<(), Box<dyn Error>> {
    if folder.exists() {
        return Ok(());
    }
    let (six, three) = SHAPES.split_at(6);
    paint(&folder.join("six"), six, each, seed)?;
    paint(&folder.join("three/train"), three, 10, seed + 1)?;
    paint(&folder.join("three/test"), three, 100, seed + 2)
}

/// Paints `each` pictures of some shapes, `folder/disc/0.png` and so on. The folder is new.
fn paint(
    folder: &Path,
    shapes: &[(&str, Covers)],
    each: usize,
    seed: u64,
) -> Result<(), Box<dyn Error>> {
    for (class, (name, shape)) in (0..).zip(shapes) {
        fs::create_dir_all(folder.join(name))?;
        for i in 0..each {
            let mut random = Random::at(seed, class, i as u64);
            painting(*shape, &mut random).save(folder.join(format!("{name}/{i}.png")))?;
        }
    }
    Ok(())
}

/// A shape in a random color, size and place, slightly turned, on a background of a different color that fades, with
/// noise.
fn painting(shape: Covers, random: &mut Random) -> Image<dim!(40), dim!(40), U3> {
    let ground = [0; 3].map(|_| random.between(0.1, 0.9));
    // A value that differs clearly in brightness from the background.
    let far = |other: f32| if other > 0.5 { other - 0.4 } else { other + 0.4 };
    let color = ground.map(|other| far(other) + random.between(-0.1, 0.1));
    let size = random.between(7.0, 12.0);
    let [left, top] = [0; 2].map(|_| random.between(14.0, 26.0));
    let (sin, cos) = random.between(-0.4, 0.4).sin_cos();
    let fade = random.between(-0.2, 0.2);
    let mut pixels = Vec::new();
    for row in 0..40 {
        for column in 0..40 {
            let (x, y) = ((column as f32 - left) / size, (row as f32 - top) / size);
            let is_inside = shape(cos * x + sin * y, cos * y - sin * x);
            for (color, ground) in color.iter().zip(ground) {
                let value = if is_inside { *color } else { ground + fade * row as f32 / 40.0 };
                let noise = 0.06 * random.normal() as f32;
                pixels.push((255.0 * (value + noise)).clamp(0.0, 255.0) as u8);
            }
        }
    }
    Image::new(pixels).expect("40 rows of 40 pixels")
}
