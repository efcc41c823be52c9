# Makes losses.safetensors: optax's losses, with their gradients with respect to both inputs.

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

from recorder import Recorder, numbers

recorder = Recorder()


class Nothing(nnx.Module):
    """A layer without variables: the loss is how it is called."""


def record(name, loss, *inputs):
    recorder.layer(name, lambda rngs: Nothing(), *inputs, call=lambda layer, *inputs: loss(*inputs))


logits = 4 * numbers(3, 2, 5)
scores = 3 * numbers(3, 2, 5, offset=100)
probabilities = nnx.softmax(2 * numbers(3, 2, 5, offset=200))
labels = jnp.asarray([[0, 4], [2, 1], [3, 3]])
one_hot = nnx.one_hot(labels, 5)
binary = jnp.asarray(np.sign(numbers(3, 2, 5, offset=300)))
# ±1e4, with a row that is even.
extreme = jnp.asarray([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [1e4, 1e4, -1e4]])
extreme_labels = jnp.asarray([[0.0, 1.0, 0.0], [0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])

record("integer labels", optax.softmax_cross_entropy_with_integer_labels, logits, labels)
record("probabilities", optax.softmax_cross_entropy, logits, probabilities)
record("probabilities one_hot", optax.softmax_cross_entropy, logits, one_hot)
record("probabilities extreme", optax.softmax_cross_entropy, extreme, extreme_labels)
record(
    "smoothed", lambda x, y: optax.softmax_cross_entropy(x, optax.smooth_labels(y, 0.1)), logits, one_hot
)
record("binary", optax.sigmoid_binary_cross_entropy, logits, probabilities)
record("binary hard", optax.sigmoid_binary_cross_entropy, logits, one_hot)
record("binary extreme", optax.sigmoid_binary_cross_entropy, extreme, extreme_labels)
record("hinge", optax.hinge_loss, scores, binary)
record("squared_error", optax.squared_error, logits, scores)
record("l2", optax.l2_loss, logits, scores)
for delta in (1.0, 0.3, 2.5):
    record(f"huber delta={delta}", lambda x, y, d=delta: optax.huber_loss(x, y, delta=d), logits, scores)
record("log_cosh", optax.log_cosh, logits, scores)
record("log_cosh extreme", optax.log_cosh, extreme, -extreme)
record("kl", optax.kl_divergence, nnx.log_softmax(logits), probabilities)
record(
    "kl log_targets",
    optax.losses.kl_divergence_with_log_targets,
    nnx.log_softmax(logits),
    nnx.log_softmax(scores),
)
for epsilon in (0.0, 2.0):
    similarity = lambda x, y, e=epsilon: optax.cosine_similarity(x, y, epsilon=e)
    record(f"cosine_similarity epsilon={epsilon}", similarity, logits, numbers(3, 2, 5, offset=100))
record("cosine_distance", optax.cosine_distance, logits, scores)


# Losses of margins. Scores with ties, and a margin of exactly 0.
ties = jnp.asarray([[1.0, 1.0, 0.5], [2.0, 1.0, 2.0], [0.0, 1.0, 0.0]])
tie_labels = jnp.asarray([0, 1, 2])
record("perceptron", optax.losses.perceptron_loss, scores, binary)
record("perceptron at 0", optax.losses.perceptron_loss, jnp.zeros((3, 3)), jnp.ones((3, 3)))
record("multiclass hinge", optax.losses.multiclass_hinge_loss, scores, labels)
record("multiclass hinge ties", optax.losses.multiclass_hinge_loss, ties, tie_labels)
record("multiclass hinge extreme", optax.losses.multiclass_hinge_loss, extreme, tie_labels)
record("multiclass perceptron", optax.losses.multiclass_perceptron_loss, scores, labels)
record("multiclass perceptron ties", optax.losses.multiclass_perceptron_loss, ties, tie_labels)
record("multiclass perceptron extreme", optax.losses.multiclass_perceptron_loss, extreme, tie_labels)

record("sparsemax", optax.losses.sparsemax_loss, scores, (binary > 0).astype(int))
record("sparsemax extreme", optax.losses.sparsemax_loss, extreme, jnp.round(extreme_labels).astype(int))
record("multiclass sparsemax", optax.losses.multiclass_sparsemax_loss, numbers(4, 5), jnp.asarray([0, 4, 2, 1]))
record("multiclass sparsemax sparse", optax.losses.multiclass_sparsemax_loss, scores[:, 0], labels[:, 0])
record("multiclass sparsemax extreme", optax.losses.multiclass_sparsemax_loss, extreme, tie_labels)

for gamma in (0.5, 1.0, 2.0):
    focal = lambda x, y, g=gamma: optax.losses.sigmoid_focal_loss(x, y, gamma=g)
    record(f"focal gamma={gamma}", focal, logits, probabilities)
balanced = lambda x, y: optax.losses.sigmoid_focal_loss(x, y, alpha=0.25, gamma=2.0)
record("focal alpha=0.25", balanced, scores, probabilities)
# Not with respect to labels of 0 and 1: there JAX's derivative of logsumexp(b=) lacks the terms with b = 0.
record("focal hard", lambda x, y: balanced(x, nnx.one_hot(y, 5)), scores, labels)
record("focal extreme", lambda x: balanced(x, extreme_labels), extreme)

for epsilon in (2.0, -1.0):
    poly = lambda x, y, e=epsilon: optax.losses.poly_loss_cross_entropy(x, y, epsilon=e)
    record(f"poly epsilon={epsilon}", poly, logits, probabilities)
record("poly extreme", optax.losses.poly_loss_cross_entropy, extreme, extreme_labels)
record("safe", optax.losses.safe_softmax_cross_entropy, logits, one_hot)
record("generalized kl", optax.losses.generalized_kl_divergence, scores, 3 * probabilities)

unreduced = lambda x, y, where=None: optax.losses.ranking_softmax_loss(x, y, where=where, reduce_fn=None)
relevances = jnp.asarray([[[3.0, 0, 0, 1, 2], [0, 0, 0, 0, 0]], [[1.0, 0, 0, 0, 0], [2, 2, 2, 2, 2]],
                          [[0, 0, 5.0, 0, 1], [0, 1, 0, 1, 0]]])
record("ranking", unreduced, scores, relevances)

# Masks, with a row that is masked out.
mask = jnp.asarray(numbers(3, 2, 5, offset=400) > -0.4).at[1, 1].set(False)
# The class of the label counts: optax computes with its logit even if the mask is false.
label_mask = mask | (one_hot == 1).at[1, 1].set(False)
record(
    "integer labels where",
    lambda x, y, m: optax.softmax_cross_entropy_with_integer_labels(x, y, where=m), logits, labels, label_mask,
)
# log_softmax of a row that is masked out is NaN in JAX, with its gradient.
part = mask.at[1, 1, 0].set(True)
record("probabilities where", lambda x, y, m: optax.softmax_cross_entropy(x, y, where=m), logits, probabilities, part)
record("poly where", lambda x, y, m: optax.losses.poly_loss_cross_entropy(x, y, where=m), logits, probabilities, part)
# optax's gradient with respect to a label that is masked out is NaN, nnx's is 0.
for case in ("probabilities where", "poly where"):
    name = f"{case}/input gradient/1"
    recorder.tensors[name] = np.where(part, recorder.tensors[name], 0)
record("ranking where", unreduced, scores, relevances, part)
record("ranking where mean", lambda x, y, m: optax.losses.ranking_softmax_loss(x, y, where=m)[None],
       scores, relevances, part)
record("kl where", lambda x, y, m: optax.kl_divergence(x, y, where=m), nnx.log_softmax(logits), probabilities, mask)
record("kl log_targets where",
       lambda x, y, m: optax.losses.kl_divergence_with_log_targets(x, y, where=m),
       nnx.log_softmax(logits), nnx.log_softmax(scores), mask)
record("generalized kl where", lambda x, y, m: optax.losses.generalized_kl_divergence(x, y, where=m),
       scores, 3 * probabilities, mask)
for epsilon in (0.0, 2.0):
    similarity = lambda x, y, m, e=epsilon: optax.cosine_similarity(x, y, epsilon=e, where=m)
    record(f"cosine_similarity where epsilon={epsilon}", similarity, logits, scores, part)
record("cosine_distance where", lambda x, y, m: optax.cosine_distance(x, y, where=m), logits, scores, part)
record("smoothed where",
       lambda y, m: jnp.where(m, optax.smooth_labels(y, 0.1, where=m), 0.0), one_hot * part, part)

# Embeddings of four pairs; a label alone; no pair.
embeddings = numbers(8, 4, offset=500)
pairs = jnp.asarray([0, 1, 2, 3, 0, 1, 2, 3])
for temperature in (0.07, 0.5):
    record(f"ntxent temperature={temperature}",
           lambda x, y, t=temperature: optax.losses.ntxent(x, y, t)[None], embeddings, pairs)
record("ntxent groups", lambda x, y: optax.losses.ntxent(x, y)[None], embeddings, jnp.asarray([5, 5, 5, 2, 2, 9, 5, 2]))
record("ntxent extreme", lambda x, y: optax.losses.ntxent(x, y)[None],
       jnp.asarray([[1e4, -1e4], [1e4, 1e4], [-1e4, 1.0], [0.0, 1e-5], [1e4, -1e4]]), jnp.asarray([0, 1, 0, 1, 1]))
anchors, positives, negatives = (numbers(3, 2, 4, offset=o) for o in (600, 700, 800))
for margin, degree in ((1.0, 2), (0.1, 2), (0.5, 4)):
    triplet = lambda a, p, n, m=margin, d=degree: optax.losses.triplet_margin_loss(a, p, n, margin=m, norm_degree=d)
    record(f"triplet margin={margin} degree={degree}", triplet, anchors, positives, negatives)
record("triplet same", optax.losses.triplet_margin_loss, anchors, anchors, negatives)
record("triplet extreme", optax.losses.triplet_margin_loss, extreme, extreme + 1, -extreme)

# Segmentations.
images = 3 * numbers(2, 3, 4, 3, offset=900)
classes = nnx.one_hot(jnp.asarray(np.arange(24).reshape(2, 3, 4) * 7 % 3 % 2), 3)
per_class = lambda x, y, **options: optax.losses.dice_loss(x, y, reduction="none", **options)
record("dice", per_class, images, classes)
record("dice mean", optax.losses.dice_loss, images, classes)
record("dice tversky", lambda x, y: per_class(x, y, smooth=0.1, alpha=0.3, beta=0.7), images, classes)
record("dice weights", lambda x, y: optax.losses.dice_loss(
    x, y, class_weights=jnp.asarray([1.0, 2.0, 3.0]), ignore_background=True), images, classes)
record("dice of one class", per_class, images[..., :1], classes[..., :1])
record("dice extreme", per_class, 1e4 * jnp.sign(images), classes)
record("dice generalized", lambda x, y: optax.losses.multiclass_generalized_dice_loss(x, y)[None], images, classes)
record("dice binary", optax.losses.binary_dice_loss, images[..., 0], classes[..., 0])

record("fenchel young", optax.losses.make_fenchel_young_loss(jax.nn.logsumexp), scores, probabilities)

# CTC: a row with padding in frames and labels, a repeated label, a row without labels, frames left out within.
ctc_logits = 3 * numbers(4, 7, 5, offset=1000)
ctc_labels = jnp.asarray([[1, 2, 2, 4], [3, 3, 0, 0], [0, 0, 0, 0], [4, 1, 4, 0]])
frame_padding = jnp.asarray([[0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 1, 1], [0, 1, 0, 0, 1, 0, 0.0]])
label_padding = jnp.asarray([[0, 0, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1], [0, 0, 0, 1.0]])
ctc = lambda x, frames, labels, mask, **options: optax.ctc_loss(x, 1.0 - frames, labels, 1.0 - mask, **options)
ctc_masks = frame_padding == 0, ctc_labels, label_padding == 0
record("ctc", ctc, ctc_logits, *ctc_masks)
# Ten times the logits: probabilities of e^-60. optax's logarithm of 0 is -1e5, so that ±1e4 in a few frames is exact.
record("ctc large", ctc, 10 * ctc_logits, *ctc_masks)
# In f64: the logarithms of optax's recursion grow, and near 4e4 f32 is 4e-3 off. nnx adds them in f64.
def wide(x, *masks):
    return ctc(x.astype(jnp.float64), *masks).astype(jnp.float32)


with jax.enable_x64(True):
    record("ctc extreme", wide, 1e4 * jnp.sign(ctc_logits), *ctc_masks)
last_blank = jnp.where(label_padding == 0, (ctc_labels + 4) % 5, 0)
record("ctc blank=4", lambda *inputs: ctc(*inputs, blank_id=4), ctc_logits, ctc_masks[0], last_blank, ctc_masks[2])
whole = jnp.asarray([[1, 2, 2, 4], [3, 3, 1, 2], [4, 4, 4, 1], [4, 1, 4, 2]])
long = 4 * numbers(4, 60, 5, offset=2000)
everything = jnp.ones((4, 60), bool), whole, jnp.ones((4, 4), bool)
with jax.enable_x64(True):
    record("ctc long", wide, long, *everything)
# The forward probabilities, with the batch first.
_, blanks, emitted = optax.losses.ctc_loss_with_forward_probs(
    long[:, :9], jnp.zeros((4, 9)), whole, jnp.zeros((4, 4))
)
recorder.keep("ctc long/blanks", blanks.transpose(1, 0, 2))
recorder.keep("ctc long/labels", emitted.transpose(1, 0, 2))

recorder.save(__file__)

# The names of the module, which the table in docs/losses.md lists.
names = [name for name in dir(optax.losses) if not name.startswith("_")]
with open(__file__.replace("make_losses.py", "optax_losses.txt"), "w") as file:
    file.write("\n".join(names) + "\n")
