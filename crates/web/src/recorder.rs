//! The process's metrics recorder.

use crate::WebError;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Installs the recorder that every `metrics` macro of the process writes to. Once, before anything counts.
pub fn install_recorder() -> Result<PrometheusHandle, WebError> {
    let builder = PrometheusBuilder::new();
    let builder = builder.set_buckets_for_metric(Matcher::Suffix("_seconds".into()), BUCKETS_S)?;
    Ok(builder.install_recorder()?)
}

/// From a commit on a fast disk to a minute of lag.
const BUCKETS_S: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];
