//! Times nnx on the workloads that other libraries are timed on.
//!
//!     cargo bench --bench workloads                                  # a table of all
//!     cargo bench --bench workloads -- --threads 1 gemm_64x784x256   # some of them, in any size
//!     cargo bench --bench workloads -- --threads 1 --serve           # one answer per line of input
//!
//! `--serve` reads lines `WORKLOAD VARIANT SECONDS` and answers each with
//! `WORKLOAD,VARIANT,THREADS,MEDIAN,min=..;p10=..;n=..`, times in microseconds, or with `-` in place of
//! the median and the reason after it. The process is idle between requests, so one program can ask several
//! libraries in turn, and the noise of the machine affects all of them alike.

mod functions;
mod gpt;
mod images;
mod layers;
mod models;
mod operations;
mod per_example;
mod products;
mod sequences;
mod timing;
mod work;

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::num::NonZero;
use std::time::Duration;

use clap::Parser;
use nnx::threads::{num_threads, with_threads};
use timing::{Clock, Timing, duration};
use work::Work;

/// The workloads of the table: matrix products and convolutions of common sizes, and whole models.
const TABLE: &str = "
    gemm_32x32x32 gemm_64x64x64 gemm_128x128x128 gemm_256x256x256 gemm_512x512x512
    gemm_1024x1024x1024 gemm_2048x2048x2048 gemm_32x784x256 gemm_32x256x10 gemm_1x784x256
    gemm_1152x288x64
    conv_32x28x28x1_k3_32 conv_32x14x14x32_k3_64 conv_32x32x32x64_k3_64 conv_8x224x224x3_k7s2_64
    conv_dx_32x28x28x1_k3_32 conv_dx_32x14x14x32_k3_64 conv_dx_32x32x32x64_k3_64
    conv_dx_8x224x224x3_k7s2_64
    conv_dk_32x28x28x1_k3_32 conv_dk_32x14x14x32_k3_64 conv_dk_32x32x32x64_k3_64
    conv_dk_8x224x224x3_k7s2_64
    softmax_4096x512 layer_norm_4096x512 gelu_4096x512 cross_entropy_4096x512
    log_2048x512 log1p_2048x512 expm1_2048x512 sin_2048x512 atan_2048x512 erfc_2048x512
    sum_1x1024x1024 sum_64x128x128 sum_1024x1024x1 max_1024x1024x1 cumsum_1024x1024x1 sort_1024x1024x1
    gather_1024x1024x1 scatter_add_1024x1024x1 top_k_1024x1024 transpose_1024x1024
    batch_norm_32x28x28x64 max_pool_32x28x28x64 adam_1048576
    grouped3_8x56x56x128 depthwise3_8x56x56x96 depthwise3s2_8x56x56x96 depthwise7_8x56x56x96
    conv3_8x128x128x16 conv5_8x28x28x64 conv3d_2x16x32x32x16 conv_transpose2_8x28x28x64
    avg_pool_32x28x28x64 group_norm_32x28x28x64 instance_norm_32x28x28x64
    infer_mlp_b1 infer_mlp_b32 infer_cnn_b1 infer_cnn_b32
    infer_resnet32_b1 infer_resnet32_b32 infer_resnet224_b1 infer_resnet224_b32
    infer_tb_b1 infer_tb_b8
    infer_resnet18_b1 infer_vits_b1 infer_convnext_b1 infer_unet16_b1 infer_unet64_b1 infer_mbconv_b8
    infer_gpt10m_b1 decode_gpt10m_b1 decode_gpt10m_b8
    infer_gpt26m_b1 infer_gpt26mbf16_b1 decode_gpt26m_b1 decode_gpt26mbf16_b1 decode_gpt26m_b8 decode_gpt26mbf16_b8
    jit_mlp_b1 jit_mlp_b32 jit_cnn_b1 jit_cnn_b32
    jit_resnet32_b1 jit_resnet32_b32 jit_resnet224_b1 jit_resnet224_b32
    jit_tb_b1 jit_tb_b8
    train_mlp_b32 train_mlp_b128 train_cnn_b32 train_cnn_b128 train_resnet32_b32 train_tb_b8
    train_unet16_b1 train_unet64_b1 train_mbconv_b8 train_gpt10m_b1 train_gpt10m_b8
    jit_train_mlp_b32 jit_train_cnn_b32 jit_train_tb_b8 record_train_mlp_b32 record_train_cnn_b32
    train_resnet50_b1 record_train_resnet50_b1 plan_train_resnet50_b1
    jit_train_gpt10m_b1 record_train_gpt10m_b1 plan_train_gpt10m_b1
    train_tiny_b32 jit_train_tiny_b32 train_lstm16_b1 jit_train_lstm16_b1";

/// One small workload of each kind, to test that all of them run, also without optimization.
const CHECK: &str = "
    gemm_32x32x32 conv_2x8x8x3_k3s2_4 conv_dx_2x8x8x3_k3s2_4 conv_dk_2x8x8x3_k3s2_4
    lstm_2x3x64 train_gru_2x3x64 train_bilstm_1x2x256 attention_1x4x8 train_causal_1x4x8 embedding_bag_2x3x64
    softmax_4x512 layer_norm_4x512 gelu_4x512 cross_entropy_4x512 log_4x512 log1p_4x512
    expm1_4x512 sin_4x512 atan_4x512 erfc_4x512 maximum_4x512 is_nan_4x512 sum_4x8x8 sort_4x8x8 gather_4x8x8
    top_k_1024x1024 batch_norm_2x28x28x64
    max_pool_2x28x28x64 adam_1048576
    train_grouped3_1x6x6x128 train_depthwise3s2_1x6x6x96 train_depthwise7_1x8x8x96 train_conv5_1x6x6x64
    train_conv3d_1x4x4x4x16 train_conv_transpose2_1x4x4x64 train_avg_pool_1x6x6x64 train_group_norm_1x6x6x64
    train_instance_norm_1x6x6x64 train_mbconv_b1
    infer_mlp_b2 infer_cnn_b2 infer_resnet32_b2 infer_tb_b1
    jit_mlp_b2 jit_cnn_b2 jit_resnet32_b2 jit_tb_b1
    train_mlp_b2 train_cnn_b2 train_resnet32_b2 train_tb_b1 train_tiny_b2 train_lstm16_b1
    record_train_mlp_b2 plan_train_mlp_b2 jit_train_mlp_b2 jit_train_cnn_b2 jit_train_tb_b1 jit_train_tiny_b2 jit_train_lstm16_b1
    per_example_mlp_b2 one_by_one_cnn_b2";

/// The variants of a workload: as it is written, and as a compiled model or a recorded step.
const VARIANTS: [&str; 2] = ["nnx", "jit"];

/// Times nnx on workloads.
#[derive(Parser)]
struct Arguments {
    /// Threads [default: one for each core]
    #[arg(long)]
    threads: Option<NonZero<usize>>,
    /// Answer lines `WORKLOAD VARIANT SECONDS` until the input ends
    #[arg(long)]
    serve: bool,
    /// Measure CPU time instead of wall-clock time
    #[arg(long)]
    cpu: bool,
    /// Do each workload twice and no more, the second time in a function of its own, `counted_call`, for tools
    /// that count its instructions
    #[arg(long)]
    once: bool,
    /// Seconds per workload of the table
    #[arg(long, default_value = "1", value_parser = duration)]
    seconds: Duration,
    /// Given by `cargo bench`, and not by `cargo test`, which shall finish quickly
    #[arg(long, hide = true)]
    bench: bool,
    /// Workloads of the table, such as `gemm_64x784x256` or `train_cnn_b16` [default: all]
    workloads: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let threads = arguments.threads.map_or_else(num_threads, NonZero::get);
    with_threads(threads, || run(&arguments))
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let clock = if arguments.cpu { Clock::Processor } else { Clock::Wall };
    if arguments.serve {
        return Ok(serve(io::stdin().lock(), io::stdout().lock(), clock)?);
    }
    if arguments.once {
        return arguments.workloads.iter().try_for_each(|name| Ok(once(name)?));
    }
    let (default, seconds) = match arguments.bench {
        true => (TABLE, arguments.seconds),
        false => (CHECK, Duration::ZERO),
    };
    if arguments.workloads.is_empty() {
        print_table(default.split_whitespace(), seconds, clock);
    } else {
        let workloads = arguments.workloads.iter().map(String::as_str);
        print_table(workloads, arguments.seconds, clock);
    }
    Ok(())
}

/// The first call packs weights and allocates memory; the second call reuses both.
fn once(name: &str) -> Result<(), String> {
    let Work { mut call, .. } = Work::named(name)?;
    call();
    counted_call(&mut call);
    Ok(())
}

/// Tools find this call by its name.
#[inline(never)]
fn counted_call(call: &mut dyn FnMut()) {
    call();
}

/// Answers each line of `requests` with one line.
fn serve(requests: impl BufRead, mut answers: impl Write, clock: Clock) -> io::Result<()> {
    let threads = num_threads();
    for request in requests.lines() {
        let request = request?;
        let mut words = request.split_whitespace();
        let [workload, variant, seconds] = [(); 3].map(|()| words.next().unwrap_or("-"));
        write!(answers, "{workload},{variant},{threads},")?;
        match time(workload, variant, seconds, clock) {
            Ok(Timing { median, minimum, tenth, samples }) => {
                writeln!(answers, "{median:.3},min={minimum:.3};p10={tenth:.3};n={samples}")?
            }
            Err(reason) => writeln!(answers, "-,{reason}")?,
        }
        answers.flush()?; // the client waits for the whole line
    }
    Ok(())
}

fn time(workload: &str, variant: &str, seconds: &str, clock: Clock) -> Result<Timing, String> {
    let workload = of_variant(workload, variant)?;
    let seconds = duration(seconds)?;
    Ok(Timing::of(&mut Work::named(&workload)?.call, seconds, clock))
}

/// The name of a variant of a workload in the table.
fn of_variant(workload: &str, variant: &str) -> Result<String, String> {
    let jit = || match workload.split('_').collect::<Vec<_>>()[..] {
        ["infer", model, batch] => Some(format!("jit_{model}_{batch}")),
        ["train", _, batch] if batch.starts_with('b') => Some(format!("jit_{workload}")),
        _ => None,
    };
    match VARIANTS.iter().position(|known| *known == variant) {
        Some(0) => Ok(workload.to_owned()),
        Some(_) => jit().ok_or_else(|| format!("unsupported: `{workload}` has no variant `jit`")),
        None => Err(format!("unsupported: the variants here are {}", VARIANTS.join(", "))),
    }
}

fn print_table<'a>(workloads: impl Iterator<Item = &'a str>, seconds: Duration, clock: Clock) {
    println!("threads: {}", num_threads());
    println!(
        "{:28}{:>14}{:>14}{:>10}{:>9}",
        "workload", "median us", "min us", "GFLOP/s", "samples"
    );
    for name in workloads {
        match Work::named(name) {
            Ok(Work { mut call, flops }) => {
                let Timing { median, minimum, samples, .. } = Timing::of(&mut call, seconds, clock);
                let rate =
                    flops.map_or(String::new(), |flops| format!("{:.1}", flops / median / 1e3));
                println!("{name:28}{median:14.1}{minimum:14.1}{rate:>10}{samples:9}");
            }
            Err(reason) => println!("{name:28}{:>14}  {reason}", "-"),
        }
    }
}
