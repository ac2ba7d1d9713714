//! The metrics page, alone in its program: the recorder belongs to the process.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed step must stop the test")]

mod support;

use std::collections::BTreeMap;
use support::Desk;

#[tokio::test]
async fn metrics_parse_hold_what_stands_and_name_no_terminal_and_no_vehicle() {
    let desk = Desk::open().await;
    desk.fill().await;
    metrics::counter!("lienwatch_notify_attempts_total", "result" => "delivered").increment(2);
    metrics::histogram!("lienwatch_test_seconds").record(0.02);
    let page = desk.get("/metrics").await;
    assert_eq!(page.status, 200);

    let samples = samples(&page.body);
    let value = |name: &str| samples.get(name).copied().unwrap_or_else(|| panic!("{name} in {samples:#?}"));
    for (name, expected) in [
        (r#"lienwatch_notify_attempts_total{result="delivered"}"#, 2.0),
        (r#"lienwatch_folded_total{result="stored"}"#, 7.0),
        (r#"lienwatch_outbox_entries{state="pending"}"#, 1.0),
        (r#"lienwatch_outbox_entries{state="dead"}"#, 0.0),
        (r#"lienwatch_alerts{rule="OVERDUE_MOVED",state="open"}"#, 1.0),
        (r#"lienwatch_alerts{rule="OVERDUE_OFFLINE",state="open"}"#, 0.0),
        (r#"lienwatch_test_seconds_bucket{le="0.025"}"#, 1.0),
        ("lienwatch_journal_head_seq", 1.0),
        ("lienwatch_fold_lag_inputs", 1.0),
        ("lienwatch_journal_queue_items", 0.0),
        ("lienwatch_store_up", 1.0),
        ("lienwatch_ready", 1.0),
    ] {
        assert!((value(name) - expected).abs() < 1e-9, "{name}");
    }
    assert!(value("lienwatch_journal_size_bytes") > 0.0);
    for secret in support::SECRETS {
        assert!(!page.body.contains(secret), "{secret}");
    }

    // What was open is gone: the gauge says so, not what it said last.
    desk.withdraw().await;
    let later = samples_of(&desk).await;
    assert_eq!(later.get(r#"lienwatch_alerts{rule="OVERDUE_MOVED",state="open"}"#), Some(&0.0));
    assert_eq!(later.get(r#"lienwatch_alerts{rule="OVERDUE_MOVED",state="withdrawn"}"#), Some(&1.0));

    desk.applied.send_modify(|applied| applied.store_up = false);
    assert_eq!(samples_of(&desk).await.get("lienwatch_store_up"), Some(&0.0));
    desk.stop().await;
}

async fn samples_of(desk: &Desk) -> BTreeMap<String, f64> {
    samples(&desk.get("/metrics").await.body)
}

/// Reads the Prometheus text format 0.0.4; whatever does not fit it fails.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let mut samples = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(comment) = line.strip_prefix("# ") {
            assert!(comment.starts_with("TYPE ") || comment.starts_with("HELP "), "{line}");
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{line}");
        for label in labels.strip_suffix('}').unwrap().split(',').filter(|label| !label.is_empty()) {
            let (key, value) = label.split_once('=').unwrap();
            assert!(value.len() >= 2 && value.starts_with('"') && value.ends_with('"'), "{line}");
            assert!(
                ["result", "rule", "state", "reason", "protocol", "version", "le"].contains(&key),
                "{line}"
            );
        }
        let value = if value == "+Inf" { f64::INFINITY } else { value.parse().unwrap() };
        assert!(samples.insert(series.to_owned(), value).is_none(), "twice: {line}");
    }
    samples
}
