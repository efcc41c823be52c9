//! A page on this machine where one draws a digit and sees what the network thinks of it, live.
//!
//!     cargo run --release --example mnist      # trains the network: mnist.safetensors
//!     cargo run --release --example digits     # then open the address that it prints

mod support;

use std::future::IntoFuture;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Parser;
use nnx::io;
use nnx::models::SimpleCnn;
use nnx::prelude::{Batch, Init, Layer, Rngs, Tensor, U10, U28};
use nnx_train::{Image, Normalize};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

/// The most bytes of a request: 784 numbers take 3,936 at most, without spaces.
const LONGEST_BODY: usize = 16 << 10;
/// The most drawings that are computed together, and that wait.
const LARGEST_BATCH: usize = 32;
const LONGEST_QUEUE: usize = 256;
/// How long open requests may take after Ctrl-C.
const GRACE: Duration = Duration::from_secs(1);

/// Serves a page on this machine where one draws a digit and sees the probabilities of the digits.
#[derive(Parser)]
struct Arguments {
    /// The port on 127.0.0.1; 0 is any free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The network that the example `mnist` has trained
    #[arg(long, default_value = "mnist.safetensors")]
    model: PathBuf,
}

/// 28 rows of 28 pixels, from 0 (paper) to 255 (ink).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drawing {
    pixels: Vec<u8>,
}

#[derive(Serialize)]
struct Answer {
    digit: usize,
    probabilities: [f32; 10],
    /// The number of drawings that were computed together.
    batch: usize,
}

/// A drawing that waits for its answer.
struct Job {
    image: Image<U28, U28>,
    answer: oneshot::Sender<Answer>,
}

type Refusal = (StatusCode, Json<serde_json::Value>);

fn refuse(status: StatusCode, error: impl ToString) -> Refusal {
    (status, Json(serde_json::json!({ "error": error.to_string() })))
}

async fn predict(
    State(jobs): State<SyncSender<Job>>,
    drawing: Result<Json<Drawing>, JsonRejection>,
) -> Result<Json<Answer>, Refusal> {
    let Json(drawing) = drawing.map_err(|error| refuse(error.status(), error.body_text()))?;
    let image = Image::new(drawing.pixels)
        .map_err(|error| refuse(StatusCode::UNPROCESSABLE_ENTITY, error))?;
    let (answer, answered) = oneshot::channel();
    let busy = || refuse(StatusCode::SERVICE_UNAVAILABLE, "the model is busy; try again");
    jobs.try_send(Job { image, answer }).map_err(|_| busy())?;
    answered.await.map(Json).map_err(|_| busy())
}

/// Computes the drawings that wait, together, until no request can come any more.
fn answer(model: &SimpleCnn<U10>, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let waiting = std::iter::once(first).chain(jobs.try_iter()).take(LARGEST_BATCH);
        let (images, answers): (Vec<_>, Vec<_>) =
            waiting.map(|job| (Normalize::MNIST.apply(&job.image), job.answer)).unzip();
        let images: Tensor![Batch, 28, 28, 1] = Tensor::batch(images);
        let logits: Tensor![Batch, 10] = model.infer(images);
        let (digits, probabilities) = (logits.clone().argmax().to_vec(), logits.softmax().to_vec());
        let batch = answers.len();
        for (i, answer) in answers.into_iter().enumerate() {
            let probabilities = *probabilities[i * 10..].first_chunk().expect("ten digits");
            // The client may have gone.
            let _ = answer.send(Answer { digit: digits[i] as usize, probabilities, batch });
        }
    }
}

async fn serve(port: u16, model: SimpleCnn<U10>) -> Result<(), Box<dyn std::error::Error>> {
    let (sender, jobs) = sync_channel(LONGEST_QUEUE);
    std::thread::spawn(move || answer(&model, &jobs));
    let page = Router::new()
        .route("/", get(async || Html(include_str!("digits.html"))))
        .route("/predict", post(predict))
        .fallback(async || refuse(StatusCode::NOT_FOUND, "there are `/` and `/predict`"))
        .method_not_allowed_fallback(async || {
            refuse(StatusCode::METHOD_NOT_ALLOWED, "`/` takes GET; `/predict` takes POST")
        })
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(sender);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|error| format!("port {port}: {error}; choose another one by --port"))?;
    println!("listening on http://{}; Ctrl-C stops", listener.local_addr()?);

    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async { drop(stopped.await) };
    let server = axum::serve(listener, page).with_graceful_shutdown(stopped).into_future();
    let server = tokio::spawn(server);
    tokio::signal::ctrl_c().await?;
    drop(stop);
    match tokio::time::timeout(GRACE, server).await {
        Ok(ended) => ended??,
        Err(_) => println!("requests that didn't end are dropped"),
    }
    println!("stopped");
    Ok(())
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut model = SimpleCnn::init(&mut Rngs::new(0));
    io::load(&mut model, &arguments.model).map_err(|error| {
        format!("{error}\ntrain the network first: cargo run --release --example mnist")
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(arguments.port, model))
}

fn main() -> ExitCode {
    support::end(run(&Arguments::parse()))
}
