//! Random programs: every operand of every repetition is what the block says, also after a file.

use nnx_core::ops::DynTensor;
use nnx_core::program::{OperandView, Program, Repeat, RepeatedOperand};

use super::{assert_file_is_folded, program_of, repeated_steps};

/// Numbers of random programs.
struct Choices(u64);

impl Choices {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// Random loops, some within others, of which some have a repetition that differs.
fn random(choices: &mut Choices) -> Program {
    fn body(choices: &mut Choices, depth: usize, x: &[DynTensor], mut h: DynTensor) -> DynTensor {
        let steps: Vec<usize> = (0..1 + choices.below(4)).map(|_| choices.below(6)).collect();
        let (times, odd) = (1 + choices.below(14), choices.below(20));
        let inner = choices.0;
        for t in 0..times {
            for step in &steps {
                h = match step {
                    0 => h.tanh(),
                    1 => h * x[0].clone().at(0, (t % 12) as isize),
                    2 => h + x[1].clone(),
                    3 if t == odd => h.exp(),
                    3 => h.sin(),
                    4 if depth > 0 => body(&mut Choices(inner), depth - 1, x, h),
                    _ => h.clone() + h.mul_scalar(if t == odd { 2.0 } else { 3.0 }),
                };
            }
        }
        h
    }
    program_of(&[&[12, 4], &[4]], |x| {
        let h = body(choices, 2, &x, x[1].clone());
        body(choices, 1, &x, h)
    })
}

#[test]
fn random_programs_are_what_they_were_after_folding() {
    let (mut choices, mut blocks, mut nested) = (Choices(7), 0, 0);
    for _ in 0..60 {
        let program = random(&mut choices);
        assert_file_is_folded(&program, usize::MAX);
        check_blocks(&program, &program.repeats(), &mut nested);
        blocks += program.repeats().len();
        // Every step has a line, or is in a block that has one.
        let steps: usize = program.steps() - repeated_steps(&program.repeats());
        assert!(program.to_string().lines().count() >= steps);
    }
    assert!(blocks > 20 && nested > 3, "{blocks} blocks, {nested} within them");
}

/// The operands of all repetitions are what the block says.
pub(super) fn check_blocks(program: &Program, repeats: &[Repeat<'_>], nested: &mut usize) {
    for block in repeats {
        let at = |repetition: usize, step: usize| block.first() + repetition * block.steps() + step;
        let made = |value: usize, repetition: usize| {
            let mut steps = 0..block.steps();
            let step = steps.find(|step| block.step(0, *step).outputs().any(|x| x == value));
            block.step(repetition, step.expect("a value of the block")).output()
        };
        for (step, repetition) in
            (0..block.steps()).flat_map(|step| (0..block.times()).map(move |at| (step, at)))
        {
            let found = program.iter().nth(at(repetition, step)).expect("a step");
            assert_eq!(found.name(), block.step(0, step).name());
            assert_eq!(found.signature(), block.step(0, step).signature());
            let operands = block.operands(step);
            for (found, operand) in found.operands().zip(operands) {
                let expected = match operand {
                    RepeatedOperand::Same(same) => same,
                    RepeatedOperand::Inside(value) => OperandView::Value(made(value, repetition)),
                    RepeatedOperand::Carried { first, .. } if repetition == 0 => {
                        let is_inside = |value: usize| {
                            let mut steps = 0..block.steps();
                            steps.any(|step| block.step(0, step).outputs().any(|x| x == value))
                        };
                        assert!(
                            !matches!(first, OperandView::Value(value) if is_inside(value)),
                            "{program}"
                        );
                        first
                    }
                    RepeatedOperand::Carried { value, .. } => {
                        OperandView::Value(made(value, repetition - 1))
                    }
                    RepeatedOperand::Each(all) => all[repetition],
                };
                assert_eq!(found, expected, "{program}");
            }
        }
        *nested += block.inner().len();
        check_blocks(program, &block.inner(), nested);
    }
}
