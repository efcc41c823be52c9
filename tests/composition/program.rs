//! Models in programs: a field of a struct that is no module, a part of a custom model, as a trait
//! object, in several threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use nnx::models::SimpleCnn;
use nnx::prelude::*;

type Images = Tensor![Batch, 28, 28, 1];
type Logits = Tensor![Batch, 10];

/// A service that counts its answers: an ordinary struct, with a model in it.
struct DigitService {
    name: String,
    answers: AtomicU64,
    model: SimpleCnn<U10>,
}

impl DigitService {
    fn answer(&self, images: Images) -> Vec<i32> {
        let digits: Tensor![Batch; i32] = self.model.infer(images).argmax();
        self.answers.fetch_add(1, Ordering::Relaxed);
        digits.to_vec()
    }
}

fn images(count: usize) -> Images {
    let pixel = |i: usize| (i * 7919 % 256) as f32 / 256.0;
    Tensor::from_vec((0..count * 784).map(pixel).collect()).expect("whole images")
}

#[test]
fn a_service_holds_a_model_and_answers_on_many_threads() {
    let model = SimpleCnn::init(&mut Rngs::new(0));
    let service = DigitService { name: "digits".into(), answers: AtomicU64::new(0), model };
    let service = Arc::new(service);
    let expected = service.answer(images(3));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let service = Arc::clone(&service);
                scope.spawn(move || service.answer(images(3)))
            })
            .collect();
        for thread in threads {
            assert_eq!(thread.join().expect("an answer"), expected);
        }
    });
    assert_eq!((service.name.as_str(), service.answers.load(Ordering::Relaxed)), ("digits", 5));
}

/// A user's module that contains two networks of another crate, and averages their logits.
#[derive(Module)]
struct Ensemble {
    members: [SimpleCnn<U10>; 2],
    temperature: Param<()>,
}

impl Layer<Images> for Ensemble {
    type Output = Logits;

    fn forward(&self, x: Images, pass: &mut Pass) -> Logits {
        let [a, b] = self.members.each_ref().map(|member| member.forward(x.clone(), pass));
        (a + b) * 0.5 * self.temperature.get(pass).exp()
    }
}

#[test]
fn models_of_another_crate_are_parts_of_a_module_of_ones_own() {
    let mut ensemble = Ensemble::init(&mut Rngs::new(0));
    assert_eq!(Ensemble::PARAMETERS, 2 * SimpleCnn::<U10>::PARAMETERS + 1);
    let labels: Tensor![Batch; i32] = Tensor::from_vec(vec![3, 7]).expect("two labels");
    let (loss, grads) = value_and_grad(&mut ensemble, |model, pass| {
        softmax_cross_entropy(model.forward(images(2), pass), labels).mean()
    })
    .expect("gradients");
    assert!(loss.is_finite());
    for path in ["members/0/conv1/kernel", "members/1/dense2/bias", "temperature"] {
        let entry = grads.get(&nnx::module::Path::parse(path)).expect("a gradient for each");
        let numbers = entry.array.to_vec::<f32>().expect("f32");
        assert!(numbers.iter().any(|x| *x != 0.0), "{path}");
    }
}

#[test]
fn a_program_chooses_its_model_when_it_runs() {
    type Classifier = Box<dyn Layer<Images, Output = Logits> + Send + Sync>;
    let chosen = |name: &str| -> Classifier {
        let rngs = &mut Rngs::new(0);
        match name {
            "cnn" => Box::new(SimpleCnn::init(rngs)),
            "ensemble" => Box::new(Ensemble::init(rngs)),
            _ => Box::new(<(Flatten, Linear<dim!(28 * 28), U10>)>::init(rngs)),
        }
    };
    for name in ["cnn", "ensemble", "line"] {
        let logits = chosen(name).infer(images(2));
        assert_eq!(logits.dims().to_vec(), [2, 10], "{name}");
    }
}
