//! A run as one HTML file.

use std::fs;

use nnx_train::{Curve, History, HtmlReport, Note, Plot};

fn history() -> History {
    let mut history = History::default();
    for step in 1..=300u32 {
        history.push(step.into(), "train/loss", 2.0 / f64::from(step));
        history.push(step.into(), "train/learning_rate", 0.001);
        if step.is_multiple_of(100) {
            history.push(step.into(), "evaluation/loss", 2.5 / f64::from(step));
            history.push(step.into(), "evaluation/accuracy", f64::from(step) / 400.0);
        }
    }
    history.notes.push(Note { step: 300, name: "end".into(), text: "finished".into() });
    history
}

#[test]
fn a_report_shows_the_numbers_curves_settings_and_notes_of_a_run() {
    let html = HtmlReport::new("Digits")
        .summary("A small network")
        .settings([("learning rate", "0.001")])
        .figure("test accuracy", "99.1%", "10,000 images")
        .history(&history())
        .model(&"path  shape\nkernel  (3, 3)")
        .to_html();
    for part in [
        "<title>Digits</title>",
        "<h1>Digits</h1>",
        "<p class=\"summary\">A small network</p>",
        "<dt>learning rate</dt><dd>0.001</dd>",
        "<span>test accuracy</span><b>99.1%</b><small>10,000 images</small>",
        "<span>evaluation/accuracy</span><b>0.75</b>\
         <small>step 300; lowest 0.25 at 100, highest 0.75 at 300</small>",
        "<pre>path  shape\nkernel  (3, 3)</pre>",
        "<tr><td>300</td><th>end</th><td class=\"text\">finished</td></tr>",
    ] {
        assert!(html.contains(part), "no {part} in\n{html}");
    }
    let order = ["train/loss", "evaluation/loss", "Settings", "Learning curves", "Notes", "Model"];
    let at: Vec<usize> = order.iter().map(|part| html.find(part).unwrap()).collect();
    assert!(at.is_sorted(), "{at:?}");
    // Loss, learning rate and accuracy: curves of one kind share a plot.
    assert_eq!(html.matches("<img ").count(), 3);
}

#[test]
fn a_report_loads_nothing_and_shows_markup_as_text() {
    let evil = "</pre></style><script src=\"http://a\">'&\u{0}";
    let mut history = History::default();
    history.push(1, evil, f64::NAN);
    history.notes.push(Note { step: 1, name: evil.into(), text: evil.into() });
    let plot = Plot::curves(evil, &history.curves);
    let html = HtmlReport::new(evil)
        .summary(evil)
        .settings([(evil, evil)])
        .figure(evil, evil, evil)
        .history(&history)
        .plot(evil, &plot)
        .text(evil, &evil)
        .to_html();
    let safe = "&lt;/pre&gt;&lt;/style&gt;&lt;script src=&quot;http://a&quot;&gt;&#39;&amp; ";
    assert!(html.contains(safe), "{html}");
    assert!(!html.contains("<script") && !html.contains('\u{0}'), "{html}");
    // The one `</style>` and the `</pre>` of the text.
    assert_eq!((html.matches("</style>").count(), html.matches("</pre>").count()), (1, 1));
    let sources: Vec<&str> = html.split("src=\"").skip(1).collect();
    assert!(sources.iter().all(|source| source.starts_with("data:image/svg+xml;base64,")));
    assert!(html.contains("default-src 'none'"), "a browser loads nothing either");
}

#[test]
fn an_empty_history_adds_nothing() {
    let html = HtmlReport::new("Nothing yet").history(&History::default()).to_html();
    assert!(!html.contains("<section>") && !html.contains("<div"), "{html}");
    // A curve whose points are all lost is drawn empty.
    let curves = vec![Curve { name: "loss".into(), points: vec![] }];
    HtmlReport::new("Nothing yet").history(&History { curves, notes: vec![] }).to_html();
}

#[test]
fn a_report_is_saved_as_a_whole_or_the_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    fs::write(&file, "an older report").unwrap();
    let report = HtmlReport::new("Digits").history(&history());
    report.save(&file).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), report.to_html());
    let error = report.save(folder.path()).unwrap_err().to_string();
    let expected = format!("{}: can't be written: it is a directory", folder.path().display());
    assert!(error.starts_with(&expected), "{error}");
}
