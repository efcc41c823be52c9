//! Several ranks train one model.

use std::time::{Duration, Instant};

use nnx_core::module::{Init, Layer, state, value_and_grad};
use nnx_core::nn::{Linear, Relu};
use nnx_core::optim::{Optimizer, adam};
use nnx_core::random::Rngs;
use nnx_core::size::{U1, U3, U8};
use nnx_train::{
    Averaged, Collective, CollectiveError, Dataset, LoadingError, Run, TrainError, on_threads,
};

use crate::task::{bits, items};

type Plain = (Linear<U3, U8>, Relu, Linear<U8, U1>);

/// The losses of 100 steps, and the bits of the model, of one rank.
fn trained(ranks: &impl Collective) -> (Vec<f32>, Vec<(String, Vec<u8>)>) {
    // A last batch of 2 items, which is too small for four ranks and left out by all.
    let loader = items(50).loader(8).unwrap().drop_last().unwrap().shuffled(3);
    let loader = loader.augment(|(x, y), random| (x.map(|x| x + 0.01 * random.normal() as f32), y));
    let train = loader.sharded(ranks.rank(), ranks.size()).unwrap();
    let mut model = Plain::init(&mut Rngs::new(0));
    let mut optimizer = Optimizer::new(&model, adam(0.01));
    let mut losses = Vec::new();
    let mut run = Run::new(&train).steps(100);
    while let Some((x, y)) = run.next_batch().unwrap() {
        let count = x.dims()[0];
        let (loss, grads) =
            value_and_grad(&mut model, |model, pass| (model.forward(x, pass) - y).square().mean())
                .unwrap();
        let whole = Averaged::of(ranks, loss, grads, count).unwrap();
        run.check(whole.loss, &whole.gradients, || state(&model)).unwrap();
        optimizer.update(&mut model, whole.gradients).unwrap();
        run.step(whole.loss, &optimizer);
        losses.push(whole.loss);
    }
    (losses, bits(&model))
}

#[test]
fn ranks_train_as_one_process_and_with_the_same_bits_run_after_run() {
    let [(whole, _)] = on_threads(1, |rank| trained(&rank)).try_into().expect("one rank");
    assert_eq!(whole.len(), 100);
    for size in [2, 3, 4] {
        let first = on_threads(size, |rank| trained(&rank));
        let again = on_threads(size, |rank| trained(&rank));
        assert_eq!(first, again, "{size} ranks, run after run");
        assert!(first.iter().all(|rank| *rank == first[0]), "all ranks have the same model");
        for (step, (whole, parts)) in whole.iter().zip(&first[0].0).enumerate() {
            assert!(
                (whole - parts).abs() <= 1e-5,
                "{size} ranks, step {step}: {parts} for {whole}"
            );
        }
    }
}

#[test]
fn each_item_belongs_to_one_rank_and_all_have_as_many_steps() {
    for (count, size, ranks) in [(50, 8, 4), (50, 8, 3), (7, 7, 5), (33, 4, 4), (12, 5, 2)] {
        let loader =
            || (0..count).collect::<nnx_train::Items<i32>>().loader(size).unwrap().shuffled(1);
        let whole: Vec<Vec<i32>> = loader().epoch(2).map(|batch| batch.unwrap().to_vec()).collect();
        let parts: Vec<Vec<Vec<i32>>> = (0..ranks)
            .map(|rank| {
                let shard = loader().sharded(rank, ranks).unwrap();
                let batches = shard.epoch(2).map(|batch| batch.unwrap().to_vec());
                let batches: Vec<_> = batches.collect();
                assert_eq!(batches.len() as u64, shard.steps());
                batches
            })
            .collect();
        for (step, whole) in whole.iter().enumerate() {
            if whole.len() < ranks {
                assert!(parts.iter().all(|part| part.len() == step), "too small: left out by all");
                continue;
            }
            let joined: Vec<i32> = parts.iter().flat_map(|part| part[step].clone()).collect();
            assert_eq!(&joined, whole);
            let lengths = parts.iter().map(|part| part[step].len());
            assert!(lengths.clone().max().unwrap() - lengths.min().unwrap() <= 1);
        }
    }
}

#[test]
fn everything_is_exchanged_in_the_order_of_the_ranks() {
    let results = on_threads(3, |rank| {
        rank.barrier()?;
        let names = rank.all_gather(format!("rank {}", rank.rank()).as_bytes())?;
        let from_two = rank.broadcast(2, &[rank.rank() as u8; 4])?;
        Ok::<_, CollectiveError>((names, from_two))
    });
    for result in results {
        let (names, from_two) = result.unwrap();
        assert_eq!(names, [b"rank 0", b"rank 1", b"rank 2"]);
        assert_eq!(from_two, [2; 4]);
    }
    // A different order of the additions would have another result: (1e8 + 1) - 1e8 is 0 in f32, 1e8 - 1e8 + 1 is 1.
    let sums = on_threads(3, |rank| {
        let mut value = [[1e8, 1.0, -1e8][rank.rank()]];
        rank.all_reduce(&mut value).unwrap();
        value[0]
    });
    assert_eq!(sums, [0.0; 3]);
}

#[test]
fn a_rank_that_ends_ends_the_others_at_once() {
    let start = Instant::now();
    let results = on_threads(3, |rank| {
        if rank.rank() == 1 {
            return Err(TrainError::Setting("this rank gives up").to_string());
        }
        rank.barrier().map_err(|error| error.to_string())
    });
    let lost = "rank 1 of 3 has ended while the others wait for it; its own error says why";
    assert_eq!(results[0].clone(), Err(lost.to_owned()));
    assert_eq!(results[1].clone(), Err("this rank gives up".to_owned()));
    assert_eq!(results[2].clone(), Err(lost.to_owned()));
    assert!(start.elapsed() < Duration::from_secs(10));
    let panicked = std::panic::catch_unwind(|| {
        on_threads(2, |rank| {
            assert!(rank.rank() == 0, "a bug");
            assert!(rank.barrier().is_err());
        })
    });
    assert!(panicked.is_err());
}

#[test]
fn the_message_of_a_rank_that_fails_reaches_the_others_in_whichever_call_they_are() {
    let results = on_threads(4, |rank| match rank.rank() {
        0 => rank.all_reduce(&mut [1.0]),
        1 => rank.barrier(),
        2 => {
            rank.fail("no memory");
            Ok(())
        }
        _ => rank.all_reduce_ahead(vec![1.0]).wait().map(drop),
    });
    for rank in [0, 1, 3] {
        let error = results[rank].clone().unwrap_err().to_string();
        assert_eq!(error, "rank 2 of 4 has failed: no memory");
    }
    let results = on_threads(2, |rank| {
        let sum = rank.all_gather(&[rank.rank() as u8]);
        if rank.rank() == 0 {
            rank.fail("afterwards");
        }
        // No later call succeeds, or waits.
        (sum, rank.rank() == 0 || rank.barrier().is_err() && rank.all_reduce(&mut [1.0]).is_err())
    });
    for (gathered, failed) in results {
        assert_eq!(gathered.unwrap(), [[0], [1]], "an exchange before it is whole");
        assert!(failed);
    }
}

#[test]
fn ranks_that_do_not_fit_together_are_refused() {
    let results = on_threads(2, |rank| rank.all_reduce(&mut vec![1.0; 3 + rank.rank()]));
    for result in results {
        assert_eq!(
            result.unwrap_err().to_string(),
            "rank 1 gives 16 bytes where rank 0 gives 12; all ranks need the same model, and the same calls in the \
             same order"
        );
    }
    let error = items(50).loader(3).unwrap().sharded(0, 4).unwrap_err();
    assert_eq!(
        error.to_string(),
        "batches of 3 items from a set of 50 can't be shared among 4 ranks; choose batches and a set of at least 4 items, \
         or fewer ranks"
    );
    let few = items(3).loader(8).unwrap().sharded(0, 4).unwrap_err().to_string();
    assert!(few.starts_with("batches of 8 items from a set of 3 can't be shared"), "{few}");
    assert!(matches!(
        error,
        nnx_train::DataError::Loading(LoadingError::Shards { size: 3, len: 50, ranks: 4 })
    ));
}
