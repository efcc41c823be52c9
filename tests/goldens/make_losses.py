# Makes losses.safetensors: optax's losses, with their gradients with respect to both inputs.

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

recorder.save(__file__)
