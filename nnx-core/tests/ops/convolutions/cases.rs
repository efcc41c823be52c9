//! Random convolutions.

use nnx_core::array::DType;
use nnx_core::size::{AxisWindow, Edge};

use super::loops::{Axis, Loops};

/// SplitMix64.
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A random number from `low` to `high`, inclusive.
    pub(crate) fn between(&mut self, low: usize, high: usize) -> usize {
        low + usize::try_from(self.next() % (high - low + 1) as u64).expect("below a usize")
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.between(1, count) == 1
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.between(0, choices.len() - 1)]
    }

    /// Whole numbers from -3 to 3: sums of their products are exact in `f32` too.
    pub(crate) fn whole(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.of(&[-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0])).collect()
    }
}

/// A convolution, or a transposed one.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) dtype: DType,
    pub(crate) bias: bool,
    pub(crate) batch: usize,
    pub(crate) sizes: Vec<usize>,
    pub(crate) channels: [usize; 2],
    pub(crate) groups: usize,
    pub(crate) axes: Vec<AxisWindow>,
    /// For a transposed convolution: whether its kernel is (.., Out, In).
    pub(crate) transposed: Option<bool>,
}

/// How cases are generated.
#[derive(Debug, Clone, Copy)]
struct Class {
    /// Large enough that threads share the work.
    large: bool,
    /// 3 x 3 kernels and many channels, which are computed by Winograd's algorithm.
    tiled: bool,
}

impl Class {
    /// One case in `rarity` is large. A third of the large cases suit Winograd, and few of the others.
    fn random(random: &mut Random, rarity: usize) -> Self {
        let large = random.one_in(rarity);
        Self { large, tiled: random.one_in(if large { 3 } else { 30 }) }
    }

    /// The number of multiplications of the forward pass.
    fn products(self) -> std::ops::Range<usize> {
        match (self.large, self.tiled) {
            (true, _) => 2_500_000..8_000_000,
            (_, true) => 150_000..1_000_000,
            _ => 1..30_000,
        }
    }
}

impl Case {
    /// The next case. One in `rarity` is a large one.
    pub(crate) fn random(random: &mut Random, rarity: usize) -> (Self, Loops) {
        let class = Class::random(random, rarity);
        loop {
            let case = Self::any(random, class);
            let loops = case.loops();
            if class.products().contains(&loops.products()) {
                return (case, loops);
            }
        }
    }

    fn any(random: &mut Random, class: Class) -> Self {
        let Class { large, tiled } = class;
        let rank = if tiled { 2 } else { random.between(1, 3) };
        let most = match (rank, large) {
            (1, false) => 300,
            (2, false) if tiled => 14,
            (2, false) => random.of(&[8, 30, 60]),
            (_, false) => random.of(&[6, 12]),
            (1, true) => 9000,
            (2, true) => random.of(&[40, 100]),
            (_, true) => 30,
        };
        let sizes: Vec<usize> = (0..rank).map(|_| random.between(1, most)).collect();
        let transposed = random.one_in(3).then(|| random.one_in(2));
        let axis = |&size: &usize| axis(random, size, rank, transposed.is_some(), class);
        let axes = sizes.iter().map(axis).collect();
        let few = random.one_in(2) && !large;
        let channels = |random: &mut Random| match (tiled, few) {
            (true, _) => random.of(&[16, 17, 24, 33]),
            (_, true) => random.between(1, 5),
            _ => random.of(&[1, 2, 3, 6, 8, 9, 12, 16, 17, 24, 33]),
        };
        let (mut channels, mut groups) = ([channels(random), channels(random)], 1);
        if transposed.is_none() && !tiled && random.one_in(3) {
            groups = random.between(2, 41);
            channels = match random.between(0, 2) {
                0 => [groups, groups],
                _ => [groups * random.between(1, 4), groups * random.between(1, 9)],
            };
        }
        Self {
            dtype: random.of(&[DType::F32, DType::F32, DType::F64]),
            bias: transposed.is_none() && random.one_in(2),
            batch: random.between(1, 9),
            sizes,
            channels,
            groups,
            axes,
            transposed,
        }
    }

    /// The case as plain loops.
    pub(crate) fn loops(&self) -> Loops {
        let axis = |(window, &size): (&AxisWindow, &usize)| match self.transposed {
            None => Axis::of_convolution(window, size),
            Some(flip) => Axis::of_transposed(window, size, flip),
        };
        Loops {
            batch: self.batch,
            axes: self.axes.iter().zip(&self.sizes).map(axis).collect(),
            in_channels: self.channels[0],
            out_channels: self.channels[1],
            groups: self.groups,
            out_in: self.transposed == Some(true),
        }
    }
}

/// A window over an axis: of a few elements, or as long as the axis, or a bit longer.
fn axis(
    random: &mut Random,
    length: usize,
    rank: usize,
    transposed: bool,
    Class { large, tiled }: Class,
) -> AxisWindow {
    let size = match random.between(0, 5) {
        _ if tiled => 3,
        0 => 1,
        1 | 2 => 3,
        3 => random.between(1, 5),
        4 if !large => random.between(1, length + 1),
        _ => length.min(if large { 9 } else { 64 }),
    };
    let plain = tiled || random.one_in(2);
    let (stride, dilation) =
        if plain { (1, 1) } else { (random.between(1, 4), random.between(1, 3)) };
    let mut input_dilation = 1;
    let reach = (size - 1) * dilation + 1;
    let room = if transposed { (length - 1) * stride + 1 } else { length };
    let edge = match (random.between(0, 7), transposed) {
        (0 | 1, _) => Edge::Same,
        (2, _) | (3..=5, true) => {
            // At least as many elements as one position needs.
            let front = random.between(0, reach + 1);
            let least = reach.saturating_sub(room + front);
            Edge::Zeros(front, random.between(least, least + reach))
        }
        (3, _) => Edge::Circular,
        (4, _) => Edge::Reflect,
        (5, _) => Edge::Symmetric,
        (6, false) if rank == 1 => Edge::Causal,
        (6, true) => Edge::Circular,
        _ => Edge::Valid,
    };
    if !transposed && matches!(edge, Edge::Valid | Edge::Zeros(..)) && !tiled && random.one_in(3) {
        input_dilation = random.between(2, 3);
    }
    AxisWindow { size, stride, dilation, input_dilation, edge }
}
