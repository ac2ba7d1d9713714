//! `lienwatch places`: fences, black points, tow lots, dealers and regions in and out.
//!
//! Shape: a file is read whole, checked whole, and enters the journal in portions that fit into one input each. Units: WGS-84
//! degrees, metres. Errors: each names its row or feature; one of them, and nothing is imported (exit 5).

use crate::cli::{ImportPlaces, PlacesCommand};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::import::opened;
use crate::listing::{self, Output};
use crate::site::Site;
use ::places::{FILE_BYTES_MAX, Open, PlaceFile, REMOVED_MAX, portions, scope_text, size};
use anyhow::{Context, Result};
use model::input::Action;
use model::place::{Area, Origin, Scope, Sourced, Watched, check_confirmed};
use model::unit::counted;
use model::{Coordinates, Place, PlaceId, PlaceKind, Timestamp};
use rules::Places;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::path::Path;

/// Does what is asked of places.
pub(crate) async fn places(config: &Config, command: PlacesCommand) -> Result<Exit> {
    match command {
        PlacesCommand::Import(args) => import(config, &args).await,
        PlacesCommand::List { kind, purpose, output } => list(config, kind.as_deref(), purpose, output).await,
        PlacesCommand::Remove { ids } => remove(config, &ids).await,
    }
}

async fn import(config: &Config, args: &ImportPlaces) -> Result<Exit> {
    let file = read(args)?;
    complain(&args.file, &file)?;
    check_confirmed(&file.places, args.by.as_deref())
        .map_err(|error| Failure::error(Exit::Refused, error.to_string()))?;
    let site = Site::open(config).await?;
    site.catch_up().await?;
    let bytes: usize = file.places.iter().map(size).sum();
    if bytes > FILE_BYTES_MAX {
        let message = format!("{} places are more than enter as one: split the file", file.places.len());
        return Err(Failure::error(Exit::Refused, message));
    }
    let before = Places::new(site.store.places().await?);
    // The fold checks each portion; the whole is checked here, so that none is done before another is refused.
    before
        .changed(file.places.iter().map(|sourced| sourced.place.clone()), &[])
        .map_err(|error| Failure::error(Exit::Refused, error.to_string()))?;
    name_unconcerned(&site, &file.places).await?;
    let replaced = file.places.iter().filter(|sourced| before.place(sourced.place.id).is_some()).count();
    let read = format!(
        "{} read, {replaced} of them {} others",
        counted(file.places.len(), "place"),
        if replaced == 1 { "replaces" } else { "replace" }
    );
    if args.dry_run {
        listing::line(&format!("{read}; nothing was changed"))?;
    } else {
        eprintln!("{read}");
        let portion = |places| Action::ConfirmPlaces { places, by: args.by.clone() };
        change(&site, portions(file.places).into_iter().map(portion).collect()).await?;
    }
    site.close().await;
    Ok(Exit::Ok)
}

/// A place that concerns no vehicle raises nothing: perhaps its scope is misspelt, perhaps the vehicle comes later.
async fn name_unconcerned(site: &Site, places: &[Sourced]) -> Result<()> {
    let scopes: BTreeMap<String, &Scope> =
        places.iter().map(|sourced| &sourced.place.scope).map(|scope| (scope_text(scope), scope)).collect();
    let loans = site.store.loans().await?;
    let mut nobody = Vec::new();
    for (text, scope) in scopes {
        let concerns = match scope {
            Scope::Everyone => true,
            Scope::Lender(lender) => loans.iter().any(|row| row.in_book && row.loan.lender == *lender),
            Scope::Vehicle(vehicle) => site.store.vehicle_of(*vehicle).await?.is_some(),
        };
        if !concerns {
            nobody.push(text);
        }
    }
    for scope in nobody.iter().take(SHOWN_MAX) {
        eprintln!("{scope} concerns nobody: no loan book and no binding has it");
    }
    if nobody.len() > SHOWN_MAX {
        eprintln!("… and {} more scopes", nobody.len() - SHOWN_MAX);
    }
    Ok(())
}

fn read(args: &ImportPlaces) -> Result<PlaceFile> {
    let bytes = bytes(&args.file)?;
    let file = args.file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let open = Open {
        kind: args.kind.as_deref(),
        watches: args.watches.as_deref(),
        scope: args.scope.as_deref(),
        origin: args.origin.as_deref(),
        file: &file,
        id_from: Some(&args.id_from),
        name_from: Some(&args.name_from),
        radius_m: None,
    };
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        // As an office writes a table: GBK, UTF-16.
        Err(other) => loans::read_text(Cursor::new(other.into_bytes()))
            .map_err(|error| Failure::error(Exit::Refused, format!("{}: {error}", args.file.display())))?,
    };
    ::places::read(&text, &open)
        .map_err(|error| Failure::error(Exit::Refused, format!("{}: {error}", args.file.display())))
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = opened(path)?.read_to_end(&mut bytes);
    read.with_context(|| format!("reading {}", path.display()))?;
    Ok(bytes)
}

fn complain(path: &Path, file: &PlaceFile) -> Result<()> {
    for told in [&file.remarks, &file.faults] {
        for line in told.iter().take(SHOWN_MAX) {
            eprintln!("{}: {line}", path.display());
        }
        if told.len() > SHOWN_MAX {
            eprintln!("… and {} more", told.len() - SHOWN_MAX);
        }
    }
    match (file.faults.len(), file.places.len()) {
        (0, 0) => Err(Failure::error(Exit::Refused, format!("{}: there is no place in it", path.display()))),
        (0, _) => Ok(()),
        (faults, _) => {
            Err(Failure::error(Exit::Refused, format!("{}: nothing was imported", counted(faults, "fault"))))
        }
    }
}

#[derive(Serialize)]
struct Line {
    place: PlaceId,
    name: String,
    kind: &'static str,
    watches: Option<&'static str>,
    scope: String,
    area: String,
    lat: Option<f64>,
    lon: Option<f64>,
    origin: Option<Origin>,
    confirmed_by: Option<String>,
    confirmed_at: Option<Timestamp>,
}

async fn list(config: &Config, kind: Option<&str>, purpose: String, output: Output) -> Result<Exit> {
    if let Some(unknown) = kind.filter(|kind| !PlaceKind::CODES.contains(kind)) {
        let message =
            format!("\"{unknown}\" is no kind of place; expected one of: {}", PlaceKind::CODES.join(", "));
        return Err(Failure::error(Exit::Usage, message));
    }
    let site = Site::open(config).await?;
    site.catch_up().await?;
    let mut places = site.store.places().await?;
    places.retain(|watched| kind.is_none_or(|kind| watched.place.kind.code() == kind));
    // Where one vehicle is fenced in says where its driver lives.
    let is_of_one = |watched: &&Watched| matches!(watched.place.scope, Scope::Vehicle(_));
    let of_one = places.iter().filter(is_of_one).count();
    if of_one > 0 {
        let subject = format!("places kind={} of_one_vehicle={of_one}", kind.unwrap_or("all"));
        site.witness(subject, purpose).await?;
    }
    site.close().await;
    match output {
        Output::Table => listing::write(output, COLUMNS, &places.into_iter().map(told).collect::<Vec<_>>())?,
        _ => listing::write(output, COLUMNS, &places.into_iter().map(line).collect::<Vec<_>>())?,
    }
    Ok(Exit::Ok)
}

/// The same with the origin as a sentence.
fn told(watched: Watched) -> serde_json::Value {
    let origin = watched.provenance.as_ref().map(|provenance| provenance.origin.to_string());
    let mut told = serde_json::to_value(line(watched)).unwrap_or_default();
    if let Some(object) = told.as_object_mut() {
        object.insert("origin".to_owned(), origin.into());
    }
    told
}

fn line(Watched { place, provenance }: Watched) -> Line {
    let area = match &place.area {
        Area::Circle { radius_m, .. } => format!("circle of {radius_m} m"),
        Area::Polygon { rings } => {
            let points: usize = rings.iter().map(Vec::len).sum();
            format!("{}, {}", counted(rings.len(), "ring"), counted(points, "point"))
        }
        Area::Corridor { line, half_width_m } => format!("{half_width_m} m beside {} points", line.len()),
    };
    let first = place.area.points().next();
    Line {
        place: place.id,
        kind: place.kind.code(),
        watches: place.kind.watches(),
        scope: scope_text(&place.scope),
        area,
        lat: first.map(Coordinates::lat),
        lon: first.map(Coordinates::lon),
        origin: provenance.as_ref().map(|provenance| provenance.origin.clone()),
        confirmed_at: provenance.as_ref().map(|provenance| provenance.confirmed_at),
        confirmed_by: provenance.map(|provenance| provenance.confirmed_by),
        name: place.name,
    }
}

async fn remove(config: &Config, ids: &[String]) -> Result<Exit> {
    let parsed = ids.iter().map(|id| PlaceId::parse(id)).collect::<Result<Vec<_>, _>>();
    let ids = parsed.map_err(|error| Failure::error(Exit::Usage, error.to_string()))?;
    let site = Site::open(config).await?;
    site.catch_up().await?;
    Places::new(site.store.places().await?)
        .changed(Vec::<Place>::new(), &ids)
        .map_err(|error| Failure::error(Exit::NotFound, error.to_string()))?;
    let portion = |ids: &[PlaceId]| Action::SetPlaces { places: Vec::new(), remove: ids.to_vec() };
    change(&site, ids.chunks(REMOVED_MAX).map(portion).collect()).await?;
    site.close().await;
    Ok(Exit::Ok)
}

/// All portions are in the journal before the first is waited for: then nothing but the fold can leave a part of them undone.
async fn change(site: &Site, portions: Vec<Action>) -> Result<()> {
    let together = site.ask_together(portions).await?;
    together.done()?.into_iter().try_for_each(listing::line)?;
    together.whole()
}

const COLUMNS: &[&str] = &[
    "place",
    "name",
    "kind",
    "watches",
    "scope",
    "area",
    "lat",
    "lon",
    "origin",
    "confirmed_by",
    "confirmed_at",
];
/// Remarks and faults that are printed; the rest are of the same kinds.
const SHOWN_MAX: usize = 20;
