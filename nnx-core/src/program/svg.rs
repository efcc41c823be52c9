//! A picture of a plan: its buffers in an arena over the steps, or over the time of a profile.

use std::fmt::Write;

use super::memory::{LiveBuffer, Memory};
use super::text::label;
use super::{Plan, Profile};

/// The width of all steps, and the height of the arena.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 320.0;
/// The height of the line of steps.
const LINE: f64 = 24.0;
const COLORS: [&str; 6] = ["#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#76b7b2", "#edc948"];

impl Memory {
    /// Where each buffer is in an arena, and the bytes of the arena: the largest buffers first, each at the lowest place
    /// where no other one is during its life.
    pub(super) fn arena(&self) -> (Vec<usize>, usize) {
        let buffers = self.made();
        let mut order: Vec<usize> = (0..buffers.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(buffers[index].bytes));
        let mut offsets = vec![0; buffers.len()];
        let mut placed: Vec<usize> = Vec::new();
        for index in order {
            let own = buffers[index];
            let together = |other: &LiveBuffer| {
                own.steps[0] <= other.steps[1] && other.steps[0] <= own.steps[1]
            };
            let mut taken: Vec<(usize, usize)> = placed
                .iter()
                .filter(|&&other| together(&buffers[other]))
                .map(|&other| (offsets[other], offsets[other] + buffers[other].bytes))
                .collect();
            taken.sort_unstable();
            let mut offset = 0;
            for (start, end) in taken {
                if offset + own.bytes <= start {
                    break;
                }
                offset = offset.max(end);
            }
            offsets[index] = offset;
            placed.push(index);
        }
        let end = |index: usize| offsets[index] + buffers[index].bytes;
        let bytes = (0..buffers.len()).map(end).max().unwrap_or(0);
        (offsets, bytes)
    }
}

impl Plan {
    /// A picture as SVG: a rectangle for each array that a run makes, from the step that makes it to the one that reads
    /// it last; its height is its bytes. Steps are equally wide, or as wide as their times in a profile.
    ///
    /// ```
    /// use nnx_core::{Tensor, module::{Init, compile}, nn::Linear, random::Rngs, tensor::Tensor};
    /// use nnx_core::size::{U2, U3};
    ///
    /// let model = Linear::<U3, U2>::init(&mut Rngs::new(0));
    /// let plan = compile::<Tensor![4, 3], _>(&model).plan(Tensor::zeros())?;
    /// assert!(plan.to_svg(None).starts_with("<svg"));
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    #[must_use]
    pub fn to_svg(&self, profile: Option<&Profile>) -> String {
        let starts = self.starts(profile);
        let (offsets, bytes) = self.memory.arena();
        let scale = HEIGHT / bytes.max(1) as f64;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" font-family=\"sans-serif\" \
             font-size=\"11\">\n",
            HEIGHT + 2.0 * LINE
        );
        let mut rectangle = |[x, y, width, height]: [f64; 4], color: &str, title: &str| {
            let title = escaped(title);
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{color}\" \
                 stroke=\"white\" stroke-width=\"0.5\"><title>{title}</title></rect>"
            );
        };
        for (index, step) in self.program.steps.iter().enumerate() {
            let width = starts[index + 1] - starts[index];
            let time = profile.and_then(|profile| profile.steps().get(index));
            let time = time.map_or(String::new(), |step| format!(", {:?}", step.time));
            let title = format!("{}{time}", label(&*step.operation));
            rectangle([starts[index], 0.0, width, LINE], COLORS[index % COLORS.len()], &title);
        }
        for (buffer, &offset) in self.memory.made().iter().zip(&offsets) {
            let [first, last] = buffer.steps;
            let (x, end) = (starts[first], starts[(last + 1).min(self.steps.len())]);
            let (height, y) = (buffer.bytes as f64 * scale, offset as f64 * scale);
            let title = format!(
                "{} bytes of {}",
                buffer.bytes,
                label(&*self.program.steps[first].operation)
            );
            let place = [x, LINE + HEIGHT - y - height, end - x, height];
            rectangle(place, COLORS[first % COLORS.len()], &title);
        }
        let (y, peak) = (HEIGHT + 1.7 * LINE, self.peak_bytes());
        let _ = writeln!(
            svg,
            "<text x=\"0\" y=\"{y:.1}\">{} steps; arena of {bytes} bytes, at most {peak} bytes alive</text>\n</svg>",
            self.steps.len()
        );
        svg
    }

    /// Where each step starts, and where the last one ends.
    fn starts(&self, profile: Option<&Profile>) -> Vec<f64> {
        let times: Vec<f64> = match profile {
            Some(profile) => profile.steps().iter().map(|step| step.time.as_secs_f64()).collect(),
            None => vec![1.0; self.steps.len()],
        };
        let all: f64 = times.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let mut starts = vec![0.0];
        for index in 0..self.steps.len() {
            let time = times.get(index).copied().unwrap_or(0.0);
            starts.push(starts[index] + time / all * WIDTH);
        }
        starts
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
