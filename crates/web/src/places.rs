//! Places that are watched: fences, black points, tow lots, dealers, regions.
//!
//! Shape: a FeatureCollection of WGS-84 with an ETag over the whole set; one feature set or taken away, a file imported whole or not at
//! all, mined candidates that nobody has confirmed. A place of one vehicle says where its driver lives: it is shown to who says why, and
//! written down. What is drawn on a shifted map is converted by who draws it. Units: degrees, metres. Errors: [`Problem`].

mod candidates;
mod import;

use crate::asked::{Body, IfMatch};
use crate::caller::Caller;
use crate::desk::{Desk, Done};
use crate::entity_tag;
use crate::idempotency::IdempotencyKey;
use crate::problem::{Code, Problem};
use crate::vehicles::row::by_vehicle;
use crate::vehicles::{Found, sight};
use ::places::{Open, feature};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use model::input::Action;
use model::place::{Scope, Sourced, Watched};
use model::{PlaceId, VehicleId};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::Store;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(put, delete))
        .routes(routes!(import::import))
        .routes(routes!(candidates::candidates))
}

/// All places that may be shown.
#[utoipa::path(get, path = "/places", tag = "places", responses((status = 200, body = Object, description = "a FeatureCollection")))]
async fn list(State(desk): State<Desk>, caller: Caller, headers: HeaderMap) -> Result<Response, Problem> {
    let store = desk.store()?;
    let places = store.places().await?;
    let tag = etag(&places);
    // Whoever may be shown more or less is shown another set under another tag.
    let shown_tag = HeaderValue::from_str(&format!("\"{tag}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    let seen = headers.get(IF_NONE_MATCH).and_then(|seen| seen.to_str().ok()).unwrap_or_default();
    let (private, open): (Vec<Watched>, Vec<Watched>) = places.into_iter().partition(is_of_one);
    let open = open.into_iter().filter(|watched| is_theirs(&caller, watched)).collect();
    let private = known(&desk, &store, &caller, private).await?;
    let shown = match caller.purpose {
        Some(_) if !private.is_empty() => {
            let count = u32::try_from(private.len()).unwrap_or(u32::MAX);
            desk.reads(&caller, &format!("places of_one_vehicle={count}"), count).await?;
            [open, private].concat()
        }
        Some(_) | None if seen.contains(&tag) && private.is_empty() => {
            return Ok((StatusCode::NOT_MODIFIED, [(ETAG, shown_tag)]).into_response());
        }
        Some(_) | None => open,
    };
    let hidden = caller.purpose.is_none();
    let mut collection = ::places::features(&shown);
    if let Some(object) = collection.as_object_mut() {
        object.insert("datum".into(), "wgs84".into());
        object.insert("as_of".into(), desk.now().to_string().into());
        object.insert("of_one_vehicle_hidden".into(), hidden.into());
    }
    Ok(([(ETAG, shown_tag)], Json(collection)).into_response())
}

/// Where one vehicle is fenced in says where its driver lives.
fn is_of_one(watched: &Watched) -> bool {
    matches!(watched.place.scope, Scope::Vehicle(_))
}

/// What a lender watches is its own business.
fn is_theirs(caller: &Caller, watched: &Watched) -> bool {
    match &watched.place.scope {
        Scope::Everyone | Scope::Vehicle(_) => true,
        Scope::Lender(lender) => caller.scope.reaches(lender),
    }
}

/// Those of vehicles that the caller may know of.
async fn known(
    desk: &Desk,
    store: &Store,
    caller: &Caller,
    private: Vec<Watched>,
) -> Result<Vec<Watched>, Problem> {
    let of = |watched: &Watched| match watched.place.scope {
        Scope::Vehicle(vehicle) => Some(vehicle),
        Scope::Everyone | Scope::Lender(_) => None,
    };
    let vehicles: Vec<VehicleId> = private.iter().filter_map(of).collect();
    let loans = by_vehicle(store.loans_on(&vehicles).await?);
    let records = store.vehicle_records(&vehicles).await?;
    let plates: BTreeMap<VehicleId, VehicleId> =
        records.iter().filter_map(|record| Some((record.vehicle, record.plate()?))).collect();
    let (none, now) = (Vec::new(), desk.now());
    let sees = |vehicle| {
        let (plate, loans) = (plates.get(&vehicle).copied(), loans.get(&vehicle).unwrap_or(&none));
        sight::sees(caller, plate, loans, now)
    };
    Ok(private.into_iter().filter(|watched| of(watched).is_some_and(sees)).collect())
}

/// Over the whole set, whoever asks.
fn etag(places: &[Watched]) -> String {
    entity_tag::of(&::places::features(places))
}

/// What is there now, if it is what the caller saw.
async fn unchanged(store: &Store, seen: Option<IfMatch>) -> Result<Vec<Watched>, Problem> {
    let places = store.places().await?;
    if let Some(seen) = seen {
        seen.check(&etag(&places))?;
    }
    Ok(places)
}

/// Sets one place: a Feature with kind, name, radius_m or width_m, watches, scope among its properties.
#[utoipa::path(put, path = "/places/{id}", tag = "places", request_body(content = Object, description = "a Feature"),
    params(("id" = String, Path, description = "the place's id")), responses((status = 200, body = Object, description = "a Feature")))]
async fn put(
    State(desk): State<Desk>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    seen: Option<IfMatch>,
    Path(id): Path<String>,
    Body(body): Body<Value>,
) -> Result<Response, Problem> {
    let id = PlaceId::parse(&id).map_err(|error| Problem::field("", "id", error.to_string()))?;
    let store = desk.store()?;
    let before = unchanged(&store, seen).await?;
    let before = before.into_iter().find(|watched| watched.place.id == id);
    if let Some(before) = &before {
        knows(&desk, &caller, before).await?;
    }
    let sourced = drawn(id, body, before.as_ref())?;
    sees_scope(&desk, &caller, &sourced.place.scope).await?;
    let action = Action::ConfirmPlaces { places: vec![sourced], by: Some(caller.name.clone()) };
    match desk.ask(&caller, key.as_ref(), action).await? {
        Done::Now { .. } => {
            let places = store.places().await?;
            let tag = format!("\"{}\"", etag(&places));
            let now = places.iter().find(|watched| watched.place.id == id).map(feature);
            let tag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""));
            Ok(([(ETAG, tag)], Json(now.unwrap_or_else(|| json!({})))).into_response())
        }
        pending @ Done::Pending { .. } => Ok(pending.into_response()),
    }
}

/// A place as somebody drew it. One that is only moved stays from where it was.
fn drawn(id: PlaceId, mut body: Value, before: Option<&Watched>) -> Result<Sourced, Problem> {
    let wrong = |detail: &str| Problem::field("", "feature", detail);
    let object = body.as_object_mut().ok_or_else(|| wrong("send one GeoJSON Feature"))?;
    if object.get("type").and_then(Value::as_str) != Some("Feature") {
        return Err(wrong("send one GeoJSON Feature"));
    }
    let properties = object.entry("properties").or_insert_with(|| json!({}));
    if properties.is_null() {
        *properties = json!({});
    }
    let properties = properties.as_object_mut().ok_or_else(|| wrong("properties is no object"))?;
    properties.insert("id".into(), id.as_str().into());
    let said = properties.get("origin").and_then(Value::as_str).map(ToOwned::to_owned);
    let collection = json!({ "type": "FeatureCollection", "features": [body] }).to_string();
    let open = Open { origin: Some("drawn"), file: "console", ..Open::default() };
    let mut file = ::places::read(&collection, &open).map_err(|fault| wrong(&fault))?;
    if let Some(fault) = file.faults.first() {
        let fault = fault.split_once(": ").map_or(fault.as_str(), |(_, fault)| fault);
        return Err(Problem::field("", "place", fault));
    }
    let sourced = file.places.pop().ok_or_else(|| wrong("there is no place in it"))?;
    let known = before.and_then(|watched| watched.provenance.as_ref()).map(|it| it.origin.clone());
    let same = known.filter(|origin| said.as_deref().is_none_or(|said| said == origin.code()));
    Ok(Sourced { origin: same.unwrap_or(sourced.origin), ..sourced })
}

/// A place that is there is changed and removed by who may know of it; for others it does not exist.
pub(super) async fn knows(desk: &Desk, caller: &Caller, watched: &Watched) -> Result<(), Problem> {
    sees_scope(desk, caller, &watched.place.scope).await.map_err(|problem| match problem.code {
        Code::Invalid => Problem::not_found(),
        _ => problem,
    })
}

/// A place of one vehicle, or of a lender's, is set by who may know of it.
pub(super) async fn sees_scope(desk: &Desk, caller: &Caller, scope: &Scope) -> Result<(), Problem> {
    let hidden = |detail: String| Problem::field("/properties/scope", "unknown", detail);
    match scope {
        Scope::Everyone => Ok(()),
        Scope::Lender(lender) if caller.scope.holds_lender(lender) => Ok(()),
        Scope::Lender(lender) => Err(hidden(format!("no lender {lender} is known"))),
        Scope::Vehicle(vehicle) => {
            let found = Found::by_name(&desk.store()?, caller, vehicle.as_str(), desk.now()).await;
            found.map(drop).map_err(|problem| match problem.code {
                Code::NotFound => hidden(format!("no vehicle {vehicle} is known")),
                _ => problem,
            })
        }
    }
}

/// A place is watched no more.
#[utoipa::path(delete, path = "/places/{id}", tag = "places", params(("id" = String, Path, description = "the place's id")),
    responses((status = 200, body = Object)))]
async fn delete(
    State(desk): State<Desk>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    seen: Option<IfMatch>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = PlaceId::parse(&id).map_err(|_| Problem::not_found())?;
    let store = desk.store()?;
    let places = unchanged(&store, seen).await?;
    let before = places.iter().find(|watched| watched.place.id == id).ok_or(Code::NotFound)?;
    knows(&desk, &caller, before).await?;
    let action = Action::SetPlaces { places: Vec::new(), remove: vec![id] };
    Ok(desk.ask(&caller, key.as_ref(), action).await?.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use model::place::{Area, Origin, Provenance};

    fn body(origin: Option<&str>, radius_m: u32) -> Value {
        json!({
            "type": "Feature",
            "geometry": { "type": "Point", "coordinates": [114.0579, 22.5431] },
            "properties": { "name": "二押点", "kind": "black_point", "radius_m": radius_m, "origin": origin },
        })
    }

    fn id() -> PlaceId {
        PlaceId::parse("p-1").unwrap()
    }

    #[test]
    fn what_is_drawn_is_drawn_and_what_is_moved_stays_from_where_it_was() {
        let sourced = drawn(id(), body(None, 150), None).unwrap();
        assert_eq!((sourced.place.id, &sourced.origin), (id(), &Origin::Drawn));
        assert!(matches!(sourced.place.area, Area::Circle { radius_m: 150, .. }));
        let origin = Origin::Imported { file: "pawn.csv".into() };
        let provenance = Provenance {
            origin: origin.clone(),
            confirmed_by: "li".into(),
            confirmed_at: Timestamp::default(),
        };
        let before = Watched { place: sourced.place, provenance: Some(provenance) };
        assert_eq!(drawn(id(), body(None, 200), Some(&before)).unwrap().origin, origin);
        assert_eq!(drawn(id(), body(Some("drawn"), 200), Some(&before)).unwrap().origin, Origin::Drawn);
    }

    #[test]
    fn what_is_no_place_says_why() {
        let told = |body: Value| drawn(id(), body, None).unwrap_err().errors[0].detail.clone();
        assert!(told(json!([])).contains("Feature"));
        assert!(
            told(json!({ "type": "Feature", "geometry": null, "properties": null })).contains("geometry")
        );
        assert!(told(body(None, 5)).contains("radius 5 m"));
    }
}
