//! Weights of other libraries, with other names and layouts.

use std::fmt;
use std::path::Path as FilePath;

use super::checkpoint::check_selects;
use super::loading::Loading;
use super::naming::{Naming, Renaming, Sizes};
use super::report::ForeignReport;
use super::source::Source;
use super::weights::Weights;
use crate::Error;
use crate::module::{Filter, Module, Path, Visitor, VisitorMut};

/// Loads the weights of another library into a model, from a safetensors file or an npz file: maps each variable to a
/// tensor of the file, its [`Source`].
///
/// | the file has | names |
/// |---|---|
/// | a state dict of PyTorch, whose modules are called as the fields here, or are [renamed](Self::renaming) | [`Foreign::torch`] |
/// | names that are the paths of variables: a state of Flax, or an [`Export`](super::Export) | [`Foreign::by_path`] |
/// | any other names and layouts | [`Foreign::new`] |
///
/// Everything must fit, as with [`load`](super::load): the tensor of each source must be in the file, with the shape of
/// the variable, and each tensor must be the source of a variable or be [ignored](Self::ignoring). A variable without a
/// source keeps its value, such as the stream of a dropout. The [`ForeignReport`] says what was used, converted and left.
///
/// # Element types
///
/// Elements are converted to the type of the variable if every value stays the same:
///
/// | variable | takes | refuses |
/// |---|---|---|
/// | `f32` | f32, f16, bf16; f64 whose values are all `f32`s, or with [`rounding`](Self::rounding) any that don't become infinite | integers, booleans |
/// | `f32` that is stored as bf16 by [`to_bf16`](crate::module::to_bf16) | bf16; f32, f64 and f16 whose values are all bf16s, or with [`rounding`](Self::rounding) any that don't become infinite | integers, booleans |
/// | `f64` | f64, f32, f16, bf16 | integers, booleans |
/// | `i32`, `i64`, `u32`, `u8` | integers of 8 to 64 bits, signed or not, if all values fit | floats, booleans |
/// | `bool` | booleans | all else |
///
/// Integers don't become floats: weights that are stored as integers are quantized, and need their scales. NaN stays NaN.
///
/// # Example
///
/// ```
/// use nnx_core::{io::{Foreign, Source}, module::Init, nn::Linear, random::Rngs, size::{U2, U3}};
///
/// // PyTorch's linear layer: `weight` (Out, In) and `bias` (Out,). `Foreign::torch()` says the same.
/// let torch = Foreign::new(|path| match path.to_string().as_str() {
///     "kernel" => Some(Source::named("weight").permute(&[1, 0])),
///     "bias" => Some(Source::named("bias")),
///     _ => None,
/// });
///
/// let directory = tempfile::tempdir()?;
/// let file = directory.path().join("linear.safetensors");
/// let weight: Vec<u8> = [1f32, 2., 3., 4., 5., 6.].into_iter().flat_map(f32::to_le_bytes).collect();
/// let weight = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![2, 3], &weight)?;
/// safetensors::serialize_to_file([("weight", weight)], None, &file)?;
///
/// let mut layer = Linear::<U3, U2>::init(&mut Rngs::new(0));
/// let error = torch.load(&mut layer, &file).unwrap_err().to_string();
/// assert!(error.contains("\n  missing: bias of shape (2,), named bias in the file"), "{error}");
///
/// layer.bias = None;
/// let report = torch.load(&mut layer, &file)?;
/// assert_eq!(layer.kernel.value().to_vec(), [1., 4., 2., 5., 3., 6.]);
/// assert_eq!(report.to_string(), "kernel   weight, laid out");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Foreign {
    naming: Naming,
    renamed: Vec<Renaming>,
    ignored: Vec<Box<dyn Fn(&str) -> bool + Send + Sync>>,
    /// Tensors that have to equal another one.
    pub(super) tied: Vec<(String, String)>,
    pub(super) rounding: bool,
}

impl Foreign {
    /// A mapping from the path of each variable to its source, or to `None` if the file doesn't have it.
    #[must_use]
    pub fn new(source: impl Fn(&Path) -> Option<Source> + Send + Sync + 'static) -> Self {
        Self::named(Naming::Given(Box::new(source)))
    }

    /// The names of PyTorch's `state_dict`, where its modules have the names of the fields here: `layers/0/kernel` is
    /// `layers.0.weight` there.
    ///
    /// | PyTorch | here | its tensors |
    /// |---|---|---|
    /// | `nn.Linear`, `nn.Conv1d` to `3d` | `Linear`, `Conv` | `weight` (Out, In, ..), `bias` |
    /// | `nn.Bilinear` | `Bilinear` | `weight` (Out, First, Second), `bias` |
    /// | `nn.ConvTranspose1d` to `3d` | `ConvTranspose` with the option `OutIn` | `weight` (In, Out, ..), `bias` |
    /// | `nn.BatchNorm*d`, `LayerNorm`, `GroupNorm`, `InstanceNorm*d`, `RMSNorm` | `BatchNorm`, .. | `weight` is `scale`, `running_mean` is `mean`, `running_var` is `var` |
    /// | `nn.Embedding`, `nn.EmbeddingBag`, `nn.PReLU` | `Embed`, `EmbeddingBag`, `ChannelPRelu` | `weight` |
    /// | `nn.MultiheadAttention` | `MultiHeadAttention` | `in_proj_weight` (3 Qkv, In) and `in_proj_bias`, or `q_proj_weight`, ..; `out_proj.weight`, `out_proj.bias`; four `nn.Linear` called `q_proj`, `k_proj`, `v_proj` (or `query`, `key`, `value`) and `out_proj` |
    /// | `nn.LSTM`, `nn.LSTMCell` | `Rnn` of an `OptimizedLstmCell` or `LstmCell` | `weight_ih_l0` (4 Hidden, In), `weight_hh_l0`; the sum of `bias_ih_l0` and `bias_hh_l0`; gates i, f, g, o |
    /// | `nn.GRU`, `nn.GRUCell` | `Rnn` of a `TorchGruCell` | the same, with two biases; gates r, z, n |
    /// | `nn.RNN`, `nn.RNNCell` | `Rnn` of a `SimpleCell` | the same, with the sum of the biases |
    ///
    /// The layers of a deep `nn.LSTM` are a list here, `lstm/1` for `weight_ih_l1`, and the second direction a
    /// `Bidirectional`. Other variables have their own name: `class` is `class`. `num_batches_tracked`, `position_ids` and
    /// `inv_freq` are ignored; streams and caches keep their values.
    ///
    /// ```
    /// use nnx_core::{Module, io::Foreign, nn::{BatchNorm, Linear}, size::{U2, U3}};
    ///
    /// #[derive(Module)]
    /// struct Net {
    ///     layers: Vec<Linear<U3, U3>>,
    ///     head: Linear<U3, U2>,
    /// }
    /// // `body.0.weight`, `body.1.weight`, .., and `fc.weight` in PyTorch.
    /// let names = Foreign::torch().renaming("layers", "body").renaming("head", "fc");
    /// ```
    #[must_use]
    pub fn torch() -> Self {
        Self::named(Naming::Torch)
    }

    /// The names of variables that are their paths, with slashes or dots, alone or in the collections `params` and
    /// `batch_stats` of Flax Linen: `layers/0/kernel`, `layers.0.kernel`, `params/layers/0/kernel`. Layouts are the same as
    /// in Flax.
    ///
    /// Streams and caches that the file doesn't have keep their values. Tensors of Flax' streams, whose names have a part
    /// `rngs`, are ignored.
    ///
    /// ```python
    /// arrays = {}
    /// for kind in nnx.Param, nnx.BatchStat:
    ///     for path, value in nnx.to_flat_state(nnx.state(model, kind)):
    ///         arrays["/".join(map(str, path))] = value[...]
    /// np.savez("model.npz", **arrays)
    /// ```
    ///
    /// ```no_run
    /// use nnx_core::{io::Foreign, module::Init, nn::Linear, random::Rngs, size::{U2, U3}};
    ///
    /// let mut model = Linear::<U3, U2>::init(&mut Rngs::new(0));
    /// println!("{}", Foreign::by_path().load(&mut model, "model.npz")?);
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    #[must_use]
    pub fn by_path() -> Self {
        Self::named(Naming::ByPath)
    }

    fn named(naming: Naming) -> Self {
        Self { naming, renamed: vec![], ignored: vec![], tied: vec![], rounding: false }
    }

    /// Says that the modules whose path starts with `here` have names that start with `there` in the file; `*` stands for
    /// one part of the path, such as an index. Of several, the first that fits holds.
    ///
    /// ```
    /// use nnx_core::io::Foreign;
    ///
    /// let names = Foreign::torch()
    ///     .renaming("blocks/*/norm1", "encoder.layer.*.ln_1")
    ///     .renaming("blocks/*", "encoder.layer.*");
    /// ```
    ///
    /// It has no effect on [`Foreign::new`].
    #[must_use]
    pub fn renaming(mut self, here: &str, there: &str) -> Self {
        self.renamed.push(Renaming::new(here, there));
        self
    }

    /// Ignores tensors for whose name the function returns `true`, whatever their shape and element type, in addition to
    /// those that are ignored already.
    #[must_use]
    pub fn ignoring(mut self, names: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.ignored.push(Box::new(names));
        self
    }

    /// Ignores a tensor that is the same as another one, and refuses the file if it isn't: a head whose weights are those
    /// of the embedding.
    #[must_use]
    pub fn tied(mut self, name: impl Into<String>, other: impl Into<String>) -> Self {
        self.tied.push((name.into(), other.into()));
        self
    }

    /// Rounds to the nearest value of the variable's type: f64 where it is `f32`, and f64, f32 and f16 where it is stored as
    /// bf16. By default a value that would change is refused. A finite value that is beyond the range of the type, and would
    /// become infinite, is refused always, as by [`to_bf16`](crate::module::to_bf16).
    #[must_use]
    pub fn rounding(self) -> Self {
        Self { rounding: true, ..self }
    }

    /// Loads the variables of a model from a safetensors or an npz file.
    ///
    /// # Errors
    /// If the file can't be read, isn't complete, or doesn't fit the model: the error names all tensors that are
    /// missing, unexpected, of a different shape, or of elements that aren't converted. The model is unchanged then.
    pub fn load<M: Module + ?Sized>(
        &self,
        model: &mut M,
        file: impl AsRef<FilePath>,
    ) -> Result<ForeignReport, Error> {
        self.read(&Filter::everything(), true, model, file.as_ref())
    }

    /// Loads the variables that a filter selects, and leaves the others unchanged, for transfer learning: load a
    /// trained body and keep the new head. Other tensors in the file are ignored. (PyTorch has
    /// `load_state_dict(.., strict=False)`, which also ignores variables that the file lacks.)
    ///
    /// # Errors
    /// As [`load`](Self::load), for the selected variables; and if the filter selects none.
    pub fn load_of<M: Module + ?Sized>(
        &self,
        filter: &Filter,
        model: &mut M,
        file: impl AsRef<FilePath>,
    ) -> Result<ForeignReport, Error> {
        let file = file.as_ref();
        check_selects(filter, model, file)?;
        self.read(filter, false, model, file)
    }

    /// Whether a tensor that no variable is read from is left out.
    pub(super) fn ignores(&self, name: &str) -> bool {
        self.ignored.iter().any(|ignores| ignores(name)) || self.naming.ignores(name)
    }

    fn read<M: Module + ?Sized>(
        &self,
        filter: &Filter,
        whole: bool,
        model: &mut M,
        file: &FilePath,
    ) -> Result<ForeignReport, Error> {
        let weights = Weights::open(file)?;
        let tensors = weights.tensors()?;
        let mut sizes = Sizes::new();
        if !matches!(self.naming, Naming::Given(_)) {
            model.visit(&mut Visitor::new(&mut |path, variable| {
                sizes.insert(path.to_string(), variable.array().dims());
            }));
        }
        let mut loading = Loading::new(self, &tensors);
        model.visit(&mut Visitor::new(&mut |path, variable| {
            let mut sources = self.naming.sources(path, &self.renamed, &sizes);
            if !filter.selects(path, variable) {
                sources.clear();
            }
            let found = |source: &Source| source.names().all(|name| tensors.has(name));
            match sources.iter().find(|source| found(source)).or(sources.first()) {
                Some(source) if found(source) || !self.naming.is_optional(variable) => {
                    loading.take(path, variable, source, file);
                }
                _ => loading.keep(path),
            }
        }));
        let (mut values, report) = loading.finish(whole, file)?;
        model.visit_mut(&mut VisitorMut::new(&mut |path, variable| {
            if let Some(value) = values.remove(path) {
                variable.set_array(value).expect("every value was checked above");
            }
        }));
        Ok(report)
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Foreign")
    }
}
