//! Place files to validated places: fences, black points, tow lots, dealers and regions in and out.
//!
//! Shape: the text of a file in, checked places and what is wrong with the others out; places out as GeoJSON. Units: WGS-84 degrees,
//! metres. Errors: a sentence for the person, with row or feature. Source: RFC 7946; OGC KML 2.3; `domain.md` §3b, §9.

mod candidates;
mod draft;
mod feature;
mod geojson_file;
mod kml_file;
mod portions;
mod simplify;
mod table;

pub use candidates::candidates_as_geojson;
use draft::Draft;
pub use draft::{Open, scope_text};
pub use feature::{feature, features};
use model::PlaceId;
use model::place::Sourced;
pub use portions::{FILE_BYTES_MAX, REMOVED_MAX, portions, size};
use std::collections::BTreeMap;

/// What a file holds.
#[derive(Debug, Default)]
pub struct PlaceFile {
    /// The places that can be used.
    pub places: Vec<Sourced>,
    /// What was done to them.
    pub remarks: Vec<String>,
    /// What is wrong.
    pub faults: Vec<String>,
}

impl PlaceFile {
    /// Takes what stands at a row or feature.
    fn take(&mut self, at: &str, draft: Result<Draft, String>, open: &Open<'_>) {
        let placed = draft.and_then(|draft| draft.place(open));
        match placed {
            Ok((sourced, remark)) => {
                self.remarks.extend(remark.map(|remark| format!("{at}: {}: {remark}", sourced.place.id)));
                self.places.push(sourced);
            }
            Err(fault) => self.faults.push(format!("{at}: {fault}")),
        }
    }

    /// Two places of one id: which is meant?
    fn look_for_twins(&mut self) {
        let mut times = BTreeMap::<PlaceId, u32>::new();
        self.places.iter().for_each(|sourced| *times.entry(sourced.place.id).or_default() += 1);
        let twins = times.into_iter().filter(|(_, times)| *times > 1);
        self.faults.extend(twins.map(|(id, times)| format!("place {id} stands in the file {times} times")));
    }
}

/// Reads a file of places: GeoJSON, KML or a table, by what it begins with.
pub fn read(text: &str, open: &Open<'_>) -> Result<PlaceFile, String> {
    let text = text.trim_start_matches('\u{feff}');
    let read = match text.trim_start().chars().next() {
        Some('{') => geojson_file::read,
        Some('<') => kml_file::read,
        _ => table::read,
    };
    let mut file = read(text, open)?;
    file.look_for_twins();
    Ok(file)
}
