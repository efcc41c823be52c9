# Makes metrics.safetensors: nnx.metrics after each of three batches of different sizes.

import jax.numpy as jnp
import numpy as np
from flax import nnx

from recorder import Recorder, numbers

recorder = Recorder()
average, masked = nnx.metrics.Average(), nnx.metrics.Average()
welford = nnx.metrics.Welford()
accuracy, masked_accuracy = nnx.metrics.Accuracy(), nnx.metrics.Accuracy()
binary, masked_binary = (nnx.metrics.Accuracy(threshold=0.25) for _ in range(2))

for i, size in enumerate((7, 1, 4)):
    values = 3 * numbers(size, 2, offset=100 * i) + 1
    logits = numbers(size, 2, 3, offset=100 * i + 50)
    labels = jnp.asarray(np.arange(2 * size).reshape(size, 2) * 7 // 3 % 3, jnp.int32)
    mask = jnp.asarray(np.arange(2 * size).reshape(size, 2) % 3 != 1)
    for name, array in dict(values=values, logits=logits, labels=labels, mask=mask).items():
        recorder.keep(f"{i}/{name}", array)
    average.update(values=values)
    masked.update(values=values, mask=mask)
    welford.update(values=values)
    accuracy.update(logits=logits, labels=labels)
    masked_accuracy.update(logits=logits, labels=labels, mask=mask)
    binary.update(logits=values, labels=labels)
    masked_binary.update(logits=values, labels=labels, mask=mask)
    recorder.keep(f"{i}/average", average.compute())
    recorder.keep(f"{i}/average masked", masked.compute())
    for name in ("mean", "standard_error_of_mean", "standard_deviation"):
        recorder.keep(f"{i}/{name}", getattr(welford.compute(), name))
    recorder.keep(f"{i}/accuracy", accuracy.compute())
    recorder.keep(f"{i}/accuracy masked", masked_accuracy.compute())
    recorder.keep(f"{i}/binary", binary.compute())
    recorder.keep(f"{i}/binary masked", masked_binary.compute())

recorder.save(__file__)
