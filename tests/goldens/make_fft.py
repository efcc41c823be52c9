# Makes fft.safetensors: Fourier transforms of JAX and spectra of PyTorch, with gradients. All f64.
# Python 3.11; pip install jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6 safetensors==0.8.0 torch==2.15.0 torchaudio librosa
#
# A gradient is the vector-Jacobian product with the stored cotangent. Complex numbers are pairs along the last axis.

import jax
import jax.numpy as jnp
import numpy as np
import torch
from safetensors.numpy import save_file

jax.config.update("jax_enable_x64", True)
tensors = {}
random = np.random.default_rng(23)


def cotangent_of(output):
    return np.cos(np.arange(output.size)).reshape(output.shape)


def keep(name, x, output, pull_back):
    """The input, the output and the gradient."""
    cotangent = cotangent_of(output)
    for what, array in dict(
        input=x, output=output, cotangent=cotangent, gradient=pull_back(cotangent)
    ).items():
        tensors[f"{name}/{what}"] = np.array(array, np.float64, order="C")


def keep_jax(name, op, x):
    output, pull_back = jax.vjp(op, jnp.asarray(x))
    keep(name, x, np.asarray(output), lambda g: pull_back(jnp.asarray(g))[0])


def keep_torch(name, op, x):
    leaf = torch.tensor(x, requires_grad=True)
    output = op(leaf)
    keep(name, x, output.detach().numpy(), lambda g: torch.autograd.grad(output, leaf, torch.tensor(g))[0].numpy())


def pairs(x):
    return jnp.stack([x.real, x.imag], -1)


def numbers(pair):
    return pair[..., 0] + 1j * pair[..., 1]


for n in [1, 2, 5, 8, 9]:
    real, pair = random.uniform(-1, 1, (2, n, 3)), random.uniform(-1, 1, (2, n, 3, 2))
    half = random.uniform(-1, 1, (2, n // 2 + 1, 3, 2))
    keep_jax(f"fft {n}", lambda x: pairs(jnp.fft.fft(numbers(x), axis=1)), pair)
    keep_jax(f"ifft {n}", lambda x: pairs(jnp.fft.ifft(numbers(x), axis=1)), pair)
    keep_jax(f"rfft {n}", lambda x: pairs(jnp.fft.rfft(x, axis=1)), real)
    keep_jax(f"irfft {n}", lambda x: jnp.fft.irfft(numbers(x), n, axis=1), half)

audio = random.uniform(-1, 1, (2, 50))
windows = {
    "hann": torch.hann_window(12, dtype=torch.float64),
    "hamming": torch.hamming_window(12, dtype=torch.float64),
    "rectangular": torch.ones(12, dtype=torch.float64),
}
for name, window in windows.items():

    def stft(x):
        x = torch.stft(x, 12, 5, window=window, center=False, return_complex=True)
        return torch.view_as_real(x).transpose(-3, -2)

    keep_torch(f"stft {name}", stft, audio)
    keep_torch(f"spectrogram {name}", lambda x: (stft(x) ** 2).sum(-1), audio)


# The filters by the formulas of torchaudio.functional.melscale_fbanks (HTK, norm=None) and of librosa.filters.mel
# (Slaney, norm="slaney"), in f64.
def filters(count, bins, rate, low, high, slaney):
    def to_mel(f):
        if not slaney:
            return 2595 * np.log10(1 + f / 700)
        return 3 * f / 200 if f < 1000 else 15 + np.log(f / 1000) * 27 / np.log(6.4)

    def to_hertz(m):
        if not slaney:
            return 700 * (10 ** (m / 2595) - 1)
        return np.where(m < 15, 200 * m / 3, 1000 * np.exp(np.log(6.4) * (m - 15) / 27))

    corners = to_hertz(np.linspace(to_mel(low), to_mel(high), count + 2))
    slopes = corners[None, :] - np.linspace(0, rate // 2, bins)[:, None]
    widths = np.diff(corners)
    weights = np.maximum(0, np.minimum(-slopes[:, :-2] / widths[:-1], slopes[:, 2:] / widths[1:]))
    return weights * (2 / (corners[2:] - corners[:-2])) if slaney else weights


try:
    import librosa
    import torchaudio

    for slaney in [False, True]:
        ours = filters(10, 65, 16000, 50, 7600, slaney)
        if slaney:
            theirs = librosa.filters.mel(sr=16000, n_fft=128, n_mels=10, fmin=50, fmax=7600, dtype=np.float64).T
        else:
            theirs = torchaudio.functional.melscale_fbanks(65, 50.0, 7600.0, 10, 16000).numpy()
        assert np.abs(ours - theirs).max() < 1e-5, "other filters"
except ImportError:
    print("torchaudio or librosa is missing: their filters aren't compared with the formulas here")
tensors["mel htk"] = filters(10, 65, 16000, 50, 7600, False)
tensors["mel slaney"] = filters(10, 65, 16000, 50, 7600, True)
save_file(tensors, __file__.replace("make_fft.py", "fft.safetensors"))
