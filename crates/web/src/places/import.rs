//! A file of places: GeoJSON, KML or a table, whole or not at all.
//!
//! Shape: the file as the body, what it leaves open as parameters, in; what was read and done out. Units: WGS-84 degrees, metres.
//! Errors: `invalid` with a line for each place that cannot be used; then none is imported.

use super::{Store, knows, sees_scope};
use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::{Desk, new_input_id};
use crate::idempotency::IdempotencyKey;
use crate::problem::{Code, FieldError, Problem};
use ::places::{FILE_BYTES_MAX, Open, PlaceFile, portions, size};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use model::input::{Action, Human, Input, Outcome};
use model::place::check_confirmed;
use model::{InputId, Place, PlaceId};
use rules::Places;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::Cursor;
use std::time::{Duration, Instant};
use utoipa::ToSchema;

/// What the file leaves open.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportQuery {
    /// The file's name, for where the places are from.
    name: Option<String>,
    kind: Option<String>,
    watches: Option<String>,
    scope: Option<String>,
    /// The property that is the id.
    id_from: Option<String>,
    /// The property that is the name.
    name_from: Option<String>,
    /// The radius of points that say none, metres.
    radius_m: Option<u32>,
    /// Only look.
    #[serde(default)]
    dry_run: bool,
}

/// What was read.
#[derive(Debug, Serialize, ToSchema)]
struct Imported {
    read: usize,
    /// Of them in the place of others with the same id.
    replaced: usize,
    /// What was done to them, e.g. a border drawn with fewer points.
    remarks: Vec<String>,
    applied: bool,
    /// It is in the journal and will be done.
    pending: bool,
}

/// Imports a file of places.
#[utoipa::path(post, path = "/places:import", tag = "places", params(ImportQuery),
    request_body(content = String, description = "GeoJSON, KML or CSV", content_type = "application/octet-stream"),
    responses((status = 200, body = Imported)))]
pub(super) async fn import(
    State(desk): State<Desk>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Asked(query): Asked<ImportQuery>,
    body: Bytes,
) -> Result<Response, Problem> {
    let mut file = read(&query, body)?;
    check(&desk, &caller, &file).await?;
    let places = desk.store()?.places().await?;
    let ids: BTreeSet<PlaceId> = file.places.iter().map(|sourced| sourced.place.id).collect();
    for watched in places.iter().filter(|watched| ids.contains(&watched.place.id)) {
        knows(&desk, &caller, watched).await?;
    }
    let before = Places::new(places);
    // The fold checks each portion; the whole is checked here, so that none is done before another is refused.
    before
        .changed(file.places.iter().map(|sourced| sourced.place.clone()), &[])
        .map_err(|error| Problem::new(Code::Refused, error.to_string()))?;
    let is_there = |place: &Place| before.place(place.id).is_some();
    let replaced = file.places.iter().filter(|sourced| is_there(&sourced.place)).count();
    let remarks = std::mem::take(&mut file.remarks);
    let mut imported =
        Imported { read: file.places.len(), replaced, remarks, applied: false, pending: false };
    if query.dry_run {
        return Ok(Json(imported).into_response());
    }
    imported.applied = apply(&desk, &caller, key.as_ref(), file).await?;
    imported.pending = !imported.applied;
    let status = if imported.applied { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(imported)).into_response())
}

fn read(query: &ImportQuery, body: Bytes) -> Result<PlaceFile, Problem> {
    let text = match String::from_utf8(body.into()) {
        Ok(text) => text,
        // As an office writes a table: GBK, UTF-16.
        Err(other) => loans::read_text(Cursor::new(other.into_bytes()))
            .map_err(|error| Problem::field("", "text", error.to_string()))?,
    };
    let open = Open {
        kind: query.kind.as_deref(),
        watches: query.watches.as_deref(),
        scope: query.scope.as_deref(),
        origin: None,
        file: query.name.as_deref().unwrap_or("upload"),
        id_from: query.id_from.as_deref(),
        name_from: query.name_from.as_deref(),
        radius_m: query.radius_m,
    };
    ::places::read(&text, &open).map_err(|fault| Problem::field("", "file", fault))
}

async fn check(desk: &Desk, caller: &Caller, file: &PlaceFile) -> Result<(), Problem> {
    if !file.faults.is_empty() {
        let error = |fault: &String| FieldError {
            pointer: String::new(),
            code: "place".into(),
            detail: fault.clone(),
        };
        return Err(Problem::fields(file.faults.iter().take(FAULTS_MAX).map(error).collect()));
    }
    if file.places.is_empty() {
        return Err(Problem::field("", "empty", "there is no place in it"));
    }
    if file.places.iter().map(size).sum::<usize>() > FILE_BYTES_MAX {
        return Err(Problem::new(Code::BodyTooLarge, "More places than enter as one: split the file."));
    }
    check_confirmed(&file.places, Some(&caller.name))
        .map_err(|error| Problem::new(Code::Refused, error.to_string()))?;
    for sourced in &file.places {
        sees_scope(desk, caller, &sourced.place.scope).await?;
    }
    Ok(())
}

/// All portions are in the journal before the first is waited for: then nothing but the fold can leave a part of them undone. Says
/// whether all of them are done.
async fn apply(
    desk: &Desk,
    caller: &Caller,
    key: Option<&IdempotencyKey>,
    file: PlaceFile,
) -> Result<bool, Problem> {
    let human = |(number, places)| Human {
        id: key.map_or_else(new_input_id, |key| key.input(&caller.user, number)),
        actor: caller.actor(),
        action: Action::ConfirmPlaces { places, by: Some(caller.name.clone()) },
    };
    let humans: Vec<Human> = portions(file.places).into_iter().enumerate().map(human).collect();
    let ids: Vec<InputId> = humans.iter().map(|human| human.id.clone()).collect();
    let inputs = humans.into_iter().map(|human| Input::Human(Box::new(human)).into()).collect();
    desk.health.journal.append(inputs).await.map_err(|error| {
        tracing::warn!(%error, "places did not enter the journal");
        Problem::from(Code::StoreDown)
    })?;
    let store = desk.store()?;
    for id in &ids {
        match outcome(&store, id).await? {
            None => return Ok(false),
            Some(Outcome::Done { .. }) => {}
            Some(
                Outcome::Conflict { message } | Outcome::Refused { message } | Outcome::NotFound { message },
            ) => {
                return Err(Problem::new(Code::Refused, message));
            }
        }
    }
    Ok(true)
}

/// What became of an input, once it is folded; `None` when that takes too long.
async fn outcome(store: &Store, id: &InputId) -> Result<Option<Outcome>, Problem> {
    let since = Instant::now();
    loop {
        if let Some(outcome) = store.outcome(id).await? {
            return Ok(Some(outcome));
        }
        if since.elapsed() >= watch::WAIT_MAX {
            return Ok(None);
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Faults that are told; the rest are of the same kinds.
const FAULTS_MAX: usize = 200;
/// How often the outcome is looked for.
const POLL: Duration = Duration::from_millis(20);
