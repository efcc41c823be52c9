//! `Trainer::distributed` where one rank fails: all end, with its error.

use std::cell::RefCell;

use nnx_core::optim::adam;
use nnx_core::tensor::Tensor;
use nnx_train::{Collective, Dataset, Items, OneRank, TrainError, Trainer, on_threads};

use crate::distributed::{loss, measure, model, train, with_checkpoints};
use crate::task::{bits, items};

#[test]
fn a_rank_that_fails_ends_all_with_its_error() {
    // Of the set that rank 1 reads, one item is broken.
    let results = on_threads(3, |ranks| {
        let broken = if ranks.rank() == 1 { 20 } else { 1000 };
        let set = items(48).zip((0..48).collect::<Items<i32>>()).unwrap();
        let set =
            set.try_map(
                move |((x, y), index)| {
                    if index == broken { Err("this file can't be read") } else { Ok((x, y)) }
                },
            );
        // Items aren't compared: it is another set.
        let loader = set.loader(8).unwrap().shuffled(3).without_digest();
        let mut model = model(0);
        let error =
            Trainer::new(&mut model, adam(0.01)).epochs(50).distributed(&ranks).fit(&loader, loss);
        error.unwrap_err().to_string()
    });
    assert_eq!(results[1], "item 20: this file can't be read");
    for rank in [0, 2] {
        assert_eq!(results[rank], "rank 1 of 3 has failed: item 20: this file can't be read");
    }
}

#[test]
fn an_error_of_an_evaluation_or_of_a_checkpoint_ends_all() {
    let measured = on_threads(2, |ranks| {
        let broken = ranks.rank() == 1;
        let test =
            items(30).try_map(move |item| if broken { Err("no such file") } else { Ok(item) });
        let test = test.loader(7).unwrap();
        let mut model = model(0);
        let trainer = Trainer::new(&mut model, adam(0.01)).evaluate(&test, measure);
        trainer.distributed(&ranks).fit(&train(), loss).unwrap_err().to_string()
    });
    assert_eq!(measured, ["rank 1 of 2 has failed: item 7: no such file", "item 7: no such file"]);
    let directory = tempfile::tempdir().unwrap();
    with_checkpoints(&OneRank, directory.path(), 5);
    let refused = on_threads(2, |ranks| {
        let mut model = model(0);
        let trainer = Trainer::new(&mut model, adam(0.01)).checkpoints(directory.path());
        trainer.distributed(&ranks).fit(&train(), loss).unwrap_err().to_string()
    });
    assert!(
        refused[0].contains("it has checkpoints of a run, the last of step 5"),
        "{}",
        refused[0]
    );
    assert_eq!(refused[1], format!("rank 0 of 2 has failed: {}", refused[0]));
}

#[test]
fn a_loss_that_is_not_finite_ends_all_at_the_same_step() {
    let errors = on_threads(2, |ranks| {
        let count = RefCell::new(0);
        let mut model = model(0);
        let result = Trainer::new(&mut model, adam(0.01)).steps(20).distributed(&ranks).fit(
            &train(),
            |model, pass, batch| {
                *count.borrow_mut() += 1;
                let broken = ranks.rank() == 1 && *count.borrow() == 4;
                loss(model, pass, batch) * if broken { f32::NAN } else { 1.0 }
            },
        );
        let Err(TrainError::NotFinite(error)) = result else { panic!("{result:?}") };
        (error.step, bits(&model))
    });
    assert_eq!(errors[0].0, 4);
    assert_eq!(errors[0], errors[1]);
}

#[test]
fn a_rank_whose_loss_depends_on_no_parameter_ends_all_with_its_error() {
    let results = on_threads(2, |ranks| {
        let mut model = model(0);
        let trainer = Trainer::new(&mut model, adam(0.01)).distributed(&ranks);
        let result = trainer.fit(&train(), |model, pass, batch| {
            let loss = loss(model, pass, batch);
            // Its part has no labels.
            if ranks.rank() == 1 { Tensor::from(loss.item()) } else { loss }
        });
        result.unwrap_err().to_string()
    });
    assert!(results[1].contains("depends on none of the 6 variables"), "{}", results[1]);
    assert_eq!(results[0], format!("rank 1 of 2 has failed: {}", results[1]));
}

#[test]
fn a_part_of_which_all_items_are_broken_is_an_error() {
    let results = on_threads(2, |ranks| {
        let set = items(48).zip((0..48).collect::<Items<i32>>()).unwrap();
        let set = set.try_map(
            |(item, index)| if (4..8).contains(&index) { Err("cut short") } else { Ok(item) },
        );
        let loader = set.loader(8).unwrap().skip_broken();
        let mut model = model(0);
        let trainer = Trainer::new(&mut model, adam(0.01)).distributed(&ranks);
        trainer.fit(&loader, loss).unwrap_err().to_string()
    });
    let error = "rank 1 of 2 has no item of a batch, as all of its part are broken (4 items skipped: item 4: cut short; item 5: \
                 cut short; item 6: cut short; item 7: cut short); leave broken items out of the set by `without_broken`, or \
                 choose larger batches";
    assert_eq!(results[1], error);
    assert_eq!(results[0], format!("rank 1 of 2 has failed: {error}"));
}
