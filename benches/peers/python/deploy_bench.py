"""What people deploy models with: ONNX Runtime and OpenVINO (f32), and torch.compile, for inference and training.

Variants: ort, openvino, compile (channels last for images; weights are constants in inference).
"""

import os, tempfile
import torch, harness as H, torch_bench


def export(net, x):
    """The path of an ONNX file of the model."""
    path = os.path.join(tempfile.mkdtemp(), "model.onnx")
    torch.onnx.export(net.eval(), (x,), path, dynamo=True, external_data=False, verbose=False)
    return path


def ort(path, x, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    inputs = {session.get_inputs()[0].name: x.numpy()}
    return lambda: session.run(None, inputs)


def openvino(path, x, threads):
    import openvino

    core = openvino.Core()
    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
    }
    request = core.compile_model(core.read_model(path), "CPU", settings).create_infer_request()
    request.set_input_tensor(openvino.Tensor(x.numpy(), shared_memory=True))
    return request.infer


def make(w, v, threads):
    dims = H.model_dims(w)
    if not dims or dims[0] == "decode":
        return None
    kind, model, batch = dims
    if v == "compile":
        import torch._inductor.config

        torch._inductor.config.freezing = kind == "infer"
        return torch_bench.make(w, v, threads)
    if kind != "infer":
        return None
    net, x = torch_bench.build(model, batch)
    return H.model_flops(*dims), {"ort": ort, "openvino": openvino}[v](export(net, x), x, threads)


if __name__ == "__main__":
    H.main(["ort", "openvino", "compile"], make, torch_bench.setup)
