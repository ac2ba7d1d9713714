//! Circles from a table: `id,name,kind,lat,lon,radius_m`, also `watches`, `scope` and `datum`.
//!
//! Shape: CSV text in, places and faults out. Units: degrees, metres. Errors: a table without a needed column is of no use; what
//! is wrong with a row names its line.

use crate::PlaceFile;
use crate::draft::{Draft, Open, metres, point};
use model::place::Area;

pub(crate) fn read(text: &str, open: &Open<'_>) -> Result<PlaceFile, String> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| error.to_string())?.clone();
    let column = |name: &str| headers.iter().position(|header| header.eq_ignore_ascii_case(name));
    for needed in ["id", "lat", "lon", "radius_m"] {
        column(needed).ok_or_else(|| format!("there is no column \"{needed}\""))?;
    }
    let mut file = PlaceFile::default();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                file.faults.push(error.to_string());
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |name: &str| column(name).and_then(|at| record.get(at)).filter(|cell| !cell.is_empty());
        file.take(&format!("line {line}"), draft(&cell), open);
    }
    Ok(file)
}

/// What separates most cells of the header.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let cells = |delimiter: &u8| header.split(char::from(*delimiter)).count();
    DELIMITERS.into_iter().rev().max_by_key(cells).unwrap_or(b',')
}

fn draft<'a>(cell: &impl Fn(&str) -> Option<&'a str>) -> Result<Draft, String> {
    let number = |name: &str| {
        let text = cell(name).ok_or_else(|| format!("{name} is empty"))?;
        text.parse::<f64>().map_err(|_| format!("{name} \"{text}\" is no number"))
    };
    let text = |name: &str| cell(name).map(str::to_owned);
    let (centre, radius_m) =
        (point(number("lat")?, number("lon")?)?, metres("radius_m", number("radius_m")?)?);
    Ok(Draft {
        id: text("id"),
        name: text("name"),
        kind: text("kind"),
        watches: text("watches"),
        scope: text("scope"),
        datum: text("datum"),
        origin: text("origin"),
        vehicles: text("vehicles"),
        area: Area::Circle { centre, radius_m },
    })
}

/// What offices export with.
const DELIMITERS: [u8; 3] = *b",;\t";

#[cfg(test)]
mod tests {
    use super::*;
    use model::PlaceKind;
    use model::place::Crossing;

    const OPEN: Open<'_> = Open {
        kind: Some("fence"),
        watches: Some("out"),
        scope: None,
        origin: None,
        file: "a.csv",
        id_from: None,
        name_from: None,
        radius_m: None,
    };

    #[test]
    fn a_row_says_what_it_is_and_the_command_line_the_rest() {
        let text =
            "id,name,kind,lat,lon,radius_m\na,典当行,black_point,22.5,114.0,150\nb,,,22.6,114.1,200.4\n";
        let file = read(text, &OPEN).unwrap();
        assert_eq!(file.faults, [""; 0]);
        let places: Vec<_> = file.places.iter().map(|sourced| &sourced.place).collect();
        let [first, second] = places[..] else { panic!("{}", file.places.len()) };
        assert_eq!((first.name.as_str(), first.kind), ("典当行", PlaceKind::BlackPoint));
        assert_eq!((second.name.as_str(), second.kind), ("b", PlaceKind::Fence(Crossing::Out)));
        assert!(matches!(second.area, Area::Circle { radius_m: 200, .. }));
    }

    #[test]
    fn what_is_wrong_names_its_line() {
        let text = "id,lat,lon,radius_m,datum\na,22.5,114.0,150,\nb,225,114,150,\nc,22.5,,150,\nd,22.5,114,5,\ne,22.5,114,150,GCJ-02\n,1,1,100,\n";
        let file = read(text, &OPEN).unwrap();
        let begins = [
            "line 3: latitude 225",
            "line 4: lon is empty",
            "line 5: radius 5 m",
            "line 6: its datum",
            "line 7: it has no id",
        ];
        assert_eq!(file.faults.len(), begins.len(), "{:?}", file.faults);
        for (fault, begin) in file.faults.iter().zip(begins) {
            assert!(fault.starts_with(begin), "{fault}");
        }
        assert!(read("id,lat,lon\n", &OPEN).err().is_some_and(|error| error.contains("radius_m")));
    }

    #[test]
    fn what_separates_the_cells_is_found() {
        for separator in [";", "\t", ","] {
            let text = "id,kind,lat,lon,radius_m\na,tow_lot,22.5,114.0,150\n".replace(',', separator);
            let file = read(&text, &OPEN).unwrap();
            assert_eq!((file.places.len(), file.faults.len()), (1, 0), "{separator:?}");
        }
    }
}
