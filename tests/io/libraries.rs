//! Files that PyTorch and Flax wrote: they load by default names, and the layers compute what these libraries do.

use nnx::io::Foreign;
use nnx::prelude::*;

use crate::golden::{Errors, Golden};
use crate::library_file;

/// Every layer of the state dict that `make_foreign.py` writes.
#[derive(Module)]
struct Net {
    linear: Linear<U3, U4>,
    conv1: Conv<U3, U4, (U3,), Valid>,
    conv2: Conv<U4, U6, (U3, U2), (Valid, Grouped<U2>)>,
    conv3: Conv<U2, U3, (U2, U2, U2), Valid>,
    up: ConvTranspose<U4, U3, (U3, U3), (OutIn, Strided<U2>, Explicit<(U1, U1), (U1, U1)>)>,
    batch: BatchNorm<U4>,
    layer: LayerNorm<U4>,
    group: GroupNorm<U4, U2>,
    instance: InstanceNorm<U4>,
    rms: RmsNorm<U4>,
    embed: Embed<U7, U4>,
    prelu: ChannelPRelu<U4>,
    attention: MultiHeadAttention<U2, U8>,
    cross: MultiHeadAttention<U2, U8, ContextFeatures<U6>>,
    lstm: Vec<Rnn<OptimizedLstmCell<U3, U4>>>,
    deep: Rnn<OptimizedLstmCell<U4, U4>>,
    both: Bidirectional<OptimizedLstmCell<U3, U4>>,
    gates: Rnn<LstmCell<U3, U4>>,
    gru: Rnn<TorchGruCell<U3, U4>>,
    rnn: Rnn<SimpleCell<U3, U4>>,
    steps: (OptimizedLstmCell<U3, U4>, LstmCell<U4, U4>),
    token: Param<shape![1, 4]>,
    dropout: Dropout,
}

fn net() -> Net {
    let rngs = &mut Rngs::new(0);
    let norm = NormOptions::default().epsilon(1e-5);
    Net {
        linear: Linear::init(rngs),
        conv1: Conv::init(rngs),
        conv2: Conv::init(rngs),
        conv3: Conv::init(rngs),
        up: ConvTranspose::init(rngs),
        batch: BatchNorm::init(rngs),
        layer: LayerNorm::with(&norm, rngs),
        group: GroupNorm::with(&norm, rngs),
        instance: InstanceNorm::with(&norm, rngs),
        rms: RmsNorm::init(rngs),
        embed: Embed::init(rngs),
        prelu: ChannelPRelu::init(rngs),
        attention: MultiHeadAttention::init(rngs),
        cross: MultiHeadAttention::init(rngs),
        lstm: vec![Rnn::init(rngs)],
        deep: Rnn::init(rngs),
        both: Bidirectional::init(rngs),
        gates: Rnn::init(rngs),
        gru: Rnn::init(rngs),
        rnn: Rnn::init(rngs),
        steps: (OptimizedLstmCell::init(rngs), LstmCell::init(rngs)),
        token: Param::new(Tensor::zeros()),
        dropout: Dropout::new(0.5, rngs),
    }
}

/// The layers of the LSTM have different numbers of inputs, so each is a field of its own.
fn torch() -> Foreign {
    Foreign::torch().renaming("deep", "lstm.1")
}

#[test]
fn a_state_dict_of_every_layer_gives_the_outputs_of_pytorch() {
    let mut net = net();
    let report =
        torch().load(&mut net, library_file("torch_layers.safetensors")).expect("all fits");
    assert_eq!(report.ignored, ["batch.num_batches_tracked"]);
    assert!(report.kept.iter().all(|path| path.to_string().starts_with("dropout/")));

    let golden = Golden::open("foreign");
    let mut errors = Errors::of("torch", 3e-6);
    macro_rules! layers {
        ($($name:ident $input:ty;)*) => { $(
            let x: $input = golden.tensor(concat!("torch/", stringify!($name), "/input/0"));
            let y = net.$name.infer(x).to_vec();
            errors.compare(stringify!($name), &y, &golden.numbers(concat!("torch/", stringify!($name), "/output")));
        )* };
    }
    layers! {
        linear Tensor![2, 3];
        conv1 Tensor![2, 5, 3];
        conv2 Tensor![2, 5, 4, 4];
        conv3 Tensor![1, 3, 4, 3, 2];
        up Tensor![2, 3, 4, 4];
        batch Tensor![2, 3, 2, 4];
        layer Tensor![2, 4];
        group Tensor![2, 3, 2, 4];
        instance Tensor![2, 3, 2, 4];
        rms Tensor![2, 4];
        prelu Tensor![2, 3, 4];
        attention Tensor![2, 3, 8];
        both Tensor![2, 5, 3];
        gates Tensor![2, 5, 3];
        gru Tensor![2, 5, 3];
        rnn Tensor![2, 5, 3];
    }
    let embedded = net.embed.infer(Tensor::from([0, 6, 3]));
    errors.compare("embed", &embedded.to_vec(), &golden.numbers("torch/embed/output"));

    let x: Tensor![2, 5, 3] = golden.tensor("torch/lstm/input/0");
    let y = net.deep.infer(net.lstm[0].infer(x));
    errors.compare("lstm", &y.to_vec(), &golden.numbers("torch/lstm/output"));

    let (x, context): (Tensor![2, 3, 8], Tensor![2, 5, 6]) =
        (golden.tensor("torch/cross/input/0"), golden.tensor("torch/cross/input/1"));
    let y = net.cross.cross_attention(x, context, (), &mut Pass::eval());
    errors.compare("cross", &y.to_vec(), &golden.numbers("torch/cross/output"));

    // Two steps: the second cell starts from the carry of the first.
    let x: Tensor![2, 3] = golden.tensor("torch/steps/input/0");
    let pass = &mut Pass::eval();
    let start = net.steps.0.zero_carry::<nnx::size::U2>(2);
    let ((c, h), _) = net.steps.0.step(start, x, pass);
    let ((c, h), _) = net.steps.1.step((c, h.clone()), h, pass);
    let both = [h.to_vec(), c.to_vec()].concat();
    errors.compare("steps", &both, &golden.numbers("torch/steps/output"));
}

#[test]
fn a_state_of_flax_in_an_npz_file_gives_the_output_of_flax() {
    #[derive(Module)]
    struct Model {
        layers: (Linear<U3, U4>, Linear<U4, U4>),
        norm: BatchNorm<U4>,
        dropout: Dropout,
        attention: MultiHeadAttention<U2, U4>,
        rnn: Rnn<OptimizedLstmCell<U4, U4>>,
    }
    let rngs = &mut Rngs::new(0);
    let mut model = Model {
        layers: Init::init(rngs),
        norm: BatchNorm::init(rngs),
        dropout: Dropout::new(0.5, rngs),
        attention: MultiHeadAttention::init(rngs),
        rnn: Rnn::init(rngs),
    };
    let report =
        Foreign::by_path().load(&mut model, library_file("flax_state.npz")).expect("all fits");
    assert_eq!(report.ignored, ["dropout/rngs/count"]);
    assert_eq!(report.used.len(), 19);
    let golden = Golden::open("foreign");
    let x: Tensor![2, 5, 3] = golden.tensor("flax/input");
    let y = model.layers.1.infer(model.layers.0.infer(x));
    let y = model.rnn.infer(model.attention.infer(model.norm.infer(y)));
    Errors::of("flax", 3e-6).compare("output", &y.to_vec(), &golden.numbers("flax/output"));
}

/// Flax' GRU has one bias for the candidate: PyTorch's two can't become it, and none is dropped in silence.
#[test]
fn a_gru_of_two_biases_is_refused_by_a_cell_of_one() {
    #[derive(Module)]
    struct Model {
        gru: Rnn<GruCell<U3, U4>>,
    }
    let mut model = Model::init(&mut Rngs::new(0));
    let names = Foreign::torch().ignoring(|name| !name.starts_with("gru."));
    let error = names.load(&mut model, library_file("torch_layers.safetensors"));
    let error = error.expect_err("a bias too many").to_string();
    assert!(error.contains("\n  unexpected: gru.bias_hh_l0 of shape (12,)\n"), "{error}");
}
