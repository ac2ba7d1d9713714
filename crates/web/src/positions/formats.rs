//! Positions in the forms that other programs read.
//!
//! Shape: a [`Form`] gives the head, the rows and the tail of a file as bytes, so that it is never whole in memory. Units: degrees of the
//! datum that the file names; GPX and KML know no other than WGS-84, so that another one stands in their description. Errors: none.
//! Source: RFC 4180; GPX 1.1; OGC KML 2.3; RFC 7946; OWASP on CSV injection.

use super::view::PositionView;
use crate::sheet;
use loans::harmless;
use model::Datum;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use serde::Deserialize;
use serde_json::{Value, json};

/// How positions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    Json,
    Csv,
    Ndjson,
    Gpx,
    Kml,
    Geojson,
}

/// What stands at the head of a file.
pub(super) struct Title<'a> {
    /// Whose positions, of when.
    pub(super) name: &'a str,
    pub(super) datum: Datum,
}

impl Form {
    const ALL: [Self; 6] = [Self::Json, Self::Csv, Self::Ndjson, Self::Gpx, Self::Kml, Self::Geojson];

    /// The first one of a header Accept, in the order in which it names them.
    pub(super) fn accepted(accept: &str) -> Option<Self> {
        let kinds = accept.split(',').map(|kind| kind.split(';').next().unwrap_or_default().trim());
        kinds.filter(|kind| !kind.is_empty()).find_map(|kind| match kind {
            "*/*" | "application/*" => Some(Self::Json),
            "text/*" => Some(Self::Csv),
            kind => Self::ALL.into_iter().find(|form| form.media_type() == kind),
        })
    }

    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
            Self::Gpx => "application/gpx+xml",
            Self::Kml => "application/vnd.google-earth.kml+xml",
            Self::Geojson => "application/geo+json",
        }
    }

    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Gpx => "gpx",
            Self::Kml => "kml",
            Self::Geojson => "geojson",
        }
    }

    /// A line of one vehicle, which two would make nonsense of.
    pub(super) const fn is_a_line(self) -> bool {
        matches!(self, Self::Gpx)
    }

    pub(super) fn head(self, title: &Title<'_>) -> Vec<u8> {
        match self {
            Self::Json | Self::Ndjson => Vec::new(),
            Self::Csv => sheet::head(COLUMNS),
            Self::Gpx => gpx_head(title),
            Self::Kml => kml_head(title),
            Self::Geojson => {
                let (name, datum) = (Value::from(title.name), Value::from(title.datum.as_str()));
                format!("{{\"type\":\"FeatureCollection\",\"name\":{name},\"datum\":{datum},\"features\":[\n")
                    .into_bytes()
            }
        }
    }

    /// Some rows; `first` says whether any went before.
    pub(super) fn rows(self, rows: &[PositionView], datum: Datum, first: bool) -> Vec<u8> {
        match self {
            Self::Json | Self::Ndjson => rows.iter().flat_map(ndjson).collect(),
            Self::Csv => csv_rows(rows, datum),
            Self::Gpx => rows.iter().filter_map(gpx_point).flatten().collect(),
            Self::Kml => rows.iter().filter_map(kml_point).flatten().collect(),
            Self::Geojson => geojson(rows, first),
        }
    }

    pub(super) fn tail(self) -> &'static [u8] {
        match self {
            Self::Json | Self::Ndjson | Self::Csv => b"",
            Self::Gpx => b"</trkseg></trk></gpx>\n",
            Self::Kml => b"</Document></kml>\n",
            Self::Geojson => b"\n]}\n",
        }
    }
}

fn ndjson(row: &PositionView) -> Vec<u8> {
    let mut line = serde_json::to_vec(row).unwrap_or_default();
    line.push(b'\n');
    line
}

fn csv_rows(rows: &[PositionView], datum: Datum) -> Vec<u8> {
    rows.iter().flat_map(|row| sheet::line(cells(row, datum))).collect()
}

fn cells(row: &PositionView, datum: Datum) -> Vec<String> {
    fn number<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    // Numbers of ours are no formulas, be they negative.
    let text = |value: Option<&str>| harmless(value.unwrap_or_default().to_owned());
    let alarms = row.alarms.as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
    let attributes = if row.attributes.as_object().is_none_or(serde_json::Map::is_empty) {
        String::new()
    } else {
        row.attributes.to_string()
    };
    vec![
        text(Some(&row.terminal)),
        text(row.protocol.as_deref()),
        text(row.vehicle.as_deref()),
        text(row.plate.as_deref()),
        number(row.fix_time),
        row.received_at.to_string(),
        number(row.lag_s),
        row.fixed.to_string(),
        number(row.lat),
        number(row.lon),
        datum.to_string(),
        number(row.speed_kmh),
        number(row.course),
        number(row.altitude_m),
        number(row.satellites),
        row.late.to_string(),
        row.buffered.to_string(),
        row.duplicate.to_string(),
        text(row.rejected.as_deref()),
        text(Some(&alarms.join(" "))),
        text(Some(&attributes)),
        number(row.serial),
        row.seq.to_string(),
        row.item.to_string(),
        text(row.hex.as_deref()),
    ]
}

const COLUMNS: &[&str] = &[
    "terminal",
    "protocol",
    "vehicle",
    "plate",
    "fix_time",
    "received_at",
    "lag_s",
    "fixed",
    "lat",
    "lon",
    "datum",
    "speed_kmh",
    "course",
    "altitude_m",
    "satellites",
    "late",
    "buffered",
    "duplicate",
    "rejected",
    "alarms",
    "attributes",
    "serial",
    "seq",
    "item",
    "hex",
];

fn geojson(rows: &[PositionView], first: bool) -> Vec<u8> {
    let mut written = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        if !(first && number == 0) {
            written.extend(b",\n");
        }
        let geometry =
            row.lon.zip(row.lat).map(|(lon, lat)| json!({ "type": "Point", "coordinates": [lon, lat] }));
        let mut properties = serde_json::to_value(row).unwrap_or_default();
        if let Some(properties) = properties.as_object_mut() {
            properties.remove("lat");
            properties.remove("lon");
        }
        let feature = json!({ "type": "Feature", "geometry": geometry, "properties": properties });
        written.extend(feature.to_string().into_bytes());
    }
    written
}

fn gpx_head(title: &Title<'_>) -> Vec<u8> {
    let mut xml = Xml::document();
    let version =
        [("version", "1.1"), ("creator", "lienwatch"), ("xmlns", "http://www.topografix.com/GPX/1/1")];
    xml.open("gpx", &version);
    xml.open("metadata", &[]);
    xml.element("name", title.name);
    xml.element("desc", &format!("datum: {}", title.datum));
    xml.close("metadata");
    xml.open("trk", &[]);
    xml.element("name", title.name);
    xml.open("trkseg", &[]);
    xml.bytes()
}

fn gpx_point(row: &PositionView) -> Option<Vec<u8>> {
    let (lat, lon) = (row.lat?.to_string(), row.lon?.to_string());
    let mut xml = Xml::default();
    xml.open("trkpt", &[("lat", &lat), ("lon", &lon)]);
    if let Some(altitude_m) = row.altitude_m {
        xml.element("ele", &altitude_m.to_string());
    }
    if let Some(fix_time) = row.fix_time {
        xml.element("time", &fix_time.to_string());
    }
    if let Some(satellites) = row.satellites {
        xml.element("sat", &satellites.to_string());
    }
    xml.close("trkpt");
    Some(xml.bytes())
}

fn kml_head(title: &Title<'_>) -> Vec<u8> {
    let mut xml = Xml::document();
    xml.open("kml", &[("xmlns", "http://www.opengis.net/kml/2.2")]);
    xml.open("Document", &[]);
    xml.element("name", title.name);
    xml.element("description", &format!("datum: {}", title.datum));
    xml.bytes()
}

fn kml_point(row: &PositionView) -> Option<Vec<u8>> {
    let place = format!("{},{}", row.lon?, row.lat?);
    let mut xml = Xml::default();
    xml.open("Placemark", &[]);
    xml.element("name", row.plate.as_deref().unwrap_or(&row.terminal));
    if let Some(fix_time) = row.fix_time {
        xml.open("TimeStamp", &[]);
        xml.element("when", &fix_time.to_string());
        xml.close("TimeStamp");
    }
    xml.open("ExtendedData", &[]);
    for (name, value) in [
        ("terminal", Some(row.terminal.clone())),
        ("speed_kmh", row.speed_kmh.map(|value| value.to_string())),
        ("course", row.course.map(|value| value.to_string())),
        ("late", Some(row.late.to_string())),
    ] {
        let Some(value) = value else { continue };
        xml.open("Data", &[("name", name)]);
        xml.element("value", &value);
        xml.close("Data");
    }
    xml.close("ExtendedData");
    xml.open("Point", &[]);
    xml.element("coordinates", &place);
    xml.close("Point");
    xml.close("Placemark");
    Some(xml.bytes())
}

/// XML as it grows; what stands in it is escaped.
struct Xml(Writer<Vec<u8>>);

impl Default for Xml {
    fn default() -> Self {
        Self(Writer::new(Vec::new()))
    }
}

impl Xml {
    fn document() -> Self {
        let mut xml = Self::default();
        xml.write(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        xml
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.write(Event::Start(BytesStart::new(name).with_attributes(attributes.iter().copied())));
    }

    fn close(&mut self, name: &str) {
        self.write(Event::End(BytesEnd::new(name)));
    }

    fn element(&mut self, name: &str, text: &str) {
        self.open(name, &[]);
        self.write(Event::Text(BytesText::new(text)));
        self.close(name);
    }

    fn write(&mut self, event: Event<'_>) {
        // Writing to memory cannot fail.
        let _ = self.0.write_event(event);
    }

    fn bytes(self) -> Vec<u8> {
        let mut bytes = self.0.into_inner();
        bytes.push(b'\n');
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;

    fn row(lat: f64, lon: f64) -> PositionView {
        PositionView {
            terminal: "868120240000015".into(),
            protocol: Some("gt06".into()),
            vehicle: Some("粤B12345".into()),
            plate: Some("粤B12345".into()),
            fix_time: Some(Timestamp::from_ms(1_795_000_000_000)),
            received_at: Timestamp::from_ms(1_795_000_001_000),
            lag_s: Some(1),
            fixed: true,
            lat: Some(lat),
            lon: Some(lon),
            speed_kmh: Some(36.0),
            course: Some(332),
            altitude_m: None,
            satellites: Some(9),
            serial: Some(7),
            late: false,
            buffered: false,
            duplicate: false,
            rejected: None,
            rejected_text: None,
            alarms: json!(["power_cut"]),
            attributes: json!({ "text": "=cmd|' /C calc'!A0" }),
            hex: Some("7878".into()),
            seq: 5,
            item: 0,
        }
    }

    fn file(form: Form, rows: &[PositionView]) -> String {
        let title = Title { name: "粤B12345 <&>", datum: Datum::Gcj02 };
        let mut bytes = form.head(&title);
        for (number, row) in rows.iter().enumerate() {
            bytes.extend(form.rows(std::slice::from_ref(row), Datum::Gcj02, number == 0));
        }
        bytes.extend(form.tail());
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_cell_is_no_formula_and_a_negative_longitude_is_a_number() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"] {
            assert_eq!(harmless(text.to_owned()), format!("'{text}"));
        }
        assert_eq!(harmless("粤B12345".to_owned()), "粤B12345");
        let text =
            file(Form::Csv, &[PositionView { plate: Some("=HYPERLINK(1)".into()), ..row(22.5, -114.05) }]);
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let record = reader.records().next().unwrap().unwrap();
        let cell = |name: &str| &record[COLUMNS.iter().position(|column| *column == name).unwrap()];
        assert_eq!((cell("plate"), cell("lon"), cell("datum")), ("'=HYPERLINK(1)", "-114.05", "gcj02"));
        assert_eq!(record.len(), COLUMNS.len());
    }

    #[test]
    fn json_forms_read_back_whatever_their_portions() {
        let rows = [row(22.5, 114.05), row(22.6, 114.06)];
        let collection: Value = serde_json::from_str(&file(Form::Geojson, &rows)).unwrap();
        assert_eq!(collection["datum"], "gcj02");
        assert_eq!(collection["features"][1]["geometry"]["coordinates"], json!([114.06, 22.6]));
        assert_eq!(serde_json::from_str::<Value>(&file(Form::Geojson, &[])).unwrap()["features"], json!([]));
        let lines: Vec<Value> =
            file(Form::Ndjson, &rows).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((lines.len(), &lines[0]["lat"]), (2, &json!(22.5)));
    }

    #[test]
    fn xml_forms_are_whole_and_escape_what_stands_in_them() {
        let without_fix = PositionView { lat: None, lon: None, ..row(0.0, 0.0) };
        let rows = [row(22.5, 114.05), without_fix, row(22.6, 114.06)];
        for (form, points) in [(Form::Gpx, "trkpt"), (Form::Kml, "Point")] {
            let text = file(form, &rows);
            let mut reader = quick_xml::Reader::from_str(&text);
            let (mut depth, mut found) = (0, 0);
            loop {
                match reader.read_event().unwrap() {
                    Event::Start(tag) => {
                        depth += 1;
                        found += usize::from(tag.name().as_ref() == points.as_bytes());
                    }
                    Event::End(_) => depth -= 1,
                    Event::Eof => break,
                    _ => {}
                }
            }
            assert_eq!((depth, found), (0, 2), "{form:?}");
            assert!(text.contains("&lt;&amp;&gt;") && text.contains("datum: gcj02"), "{text}");
        }
    }

    #[test]
    fn a_form_is_found_by_what_a_client_accepts() {
        for (accept, form) in [
            ("*/*", Some(Form::Json)),
            ("text/csv", Some(Form::Csv)),
            ("application/gpx+xml;q=0.9, application/json", Some(Form::Gpx)),
            ("image/png", None),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Some(Form::Json)),
        ] {
            assert_eq!(Form::accepted(accept), form, "{accept}");
        }
    }
}
