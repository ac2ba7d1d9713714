//! Places as an operator brings them in: by the command line, without a server and beside one.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the test")]

use serde_json::{Value, json};
use std::fmt::Write as _;
use stories::collection::Collection;
use stories::server::{Output, Site};

/// A site with a journal, as one that served before.
async fn begun() -> Site {
    let site = Site::on_sqlite().unwrap();
    Collection::prepare(&site).await.unwrap();
    site
}

#[track_caller]
fn ends(output: &Output, code: i32, stderr: &str) {
    assert_eq!(output.code, Some(code), "{output:?}");
    assert!(output.stderr.contains(stderr), "no \"{stderr}\" in {output:?}");
}

fn listed(site: &Site) -> Vec<String> {
    let rows: Vec<Value> = site.rows(&["places", "list"]).unwrap();
    rows.iter()
        .map(|row| format!("{} {} {}", row["place"], row["kind"], row["scope"]).replace('"', ""))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn places_come_in_whole_or_not_at_all_and_go_by_their_ids() {
    let site = begun().await;
    let table = site.file(
        "pawn.csv",
        "id,name,kind,lat,lon,radius_m\na,典当行,,22.5,114.0,150\nb,B,tow_lot,22.6,114.1,80\n",
    );
    let import = ["places", "import", &table.unwrap(), "--kind", "black_point"];
    let dry = site.done(&[&import[..], &["--dry-run"]].concat()).unwrap();
    assert!(dry.contains("2 places read, 0 of them") && listed(&site).is_empty(), "{dry}");
    assert!(site.done(&import).unwrap().contains("2 are watched"));
    assert_eq!(listed(&site), ["a black_point everyone", "b tow_lot everyone"]);

    let before = audited(&site);
    listed(&site);
    assert_eq!(audited(&site), before, "where everybody is watched is no secret of anybody's");

    let bad =
        site.file("bad.csv", "id,lat,lon,radius_m,datum\nc,22.5,114,100,\nd,22.5,114,100,BD-09\n").unwrap();
    let refused = site.cli(&["places", "import", &bad, "--kind", "dealer"]).unwrap();
    ends(&refused, 5, "line 3: its datum is \"BD-09\"");
    assert_eq!(listed(&site).len(), 2, "half a file is none");

    let triangle = json!([[[114.0, 22.0], [114.1, 22.0], [114.0, 22.1], [114.0, 22.0]]]);
    let feature = json!({ "type": "Feature", "properties": { "id": "a" }, "geometry": { "type": "Polygon", "coordinates": triangle } });
    let drawn = site.file("fence.geojson", feature.to_string()).unwrap();
    let scoped = ["--kind", "fence", "--watches", "out", "--scope", "vehicle:粤B12345"];
    let told = site.cli(&[&["places", "import", &drawn][..], &scoped].concat()).unwrap();
    ends(&told, 0, "1 of them replaces others");
    let before = audited(&site);
    assert_eq!(listed(&site), ["a fence vehicle:粤B12345", "b tow_lot everyone"]);
    assert_eq!(audited(&site), before + 1, "where one vehicle is fenced in says where its driver lives");

    ends(&site.cli(&["places", "remove", "a", "x"]).unwrap(), 4, "there is no place x");
    assert!(site.done(&["places", "remove", "a", "b"]).unwrap().contains("0 are watched"));
    assert!(listed(&site).is_empty());
}

/// Lines of the audit log.
fn audited(site: &Site) -> u64 {
    let told = site.done(&["audit", "verify"]).unwrap();
    told.split(' ').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_says_where_it_is_from_and_a_candidate_wants_a_name() {
    let site = begun().await;
    let point = json!({ "type": "Point", "coordinates": [114.0, 22.5] });
    let properties =
        json!({ "id": "m", "kind": "black_point", "radius_m": 150, "origin": "mined", "vehicles": 4 });
    let feature = json!({ "type": "Feature", "properties": properties, "geometry": point });
    let mined = site.file("mined.geojson", feature.to_string()).unwrap();
    ends(&site.cli(&["places", "import", &mined]).unwrap(), 5, "--by NAME");
    assert!(listed(&site).is_empty(), "a candidate is watched by nobody's word");
    site.done(&["places", "import", &mined, "--by", "wang"]).unwrap();
    let table = site.file("pawn.csv", "id,lat,lon,radius_m\na,22.5,114.0,150\n").unwrap();
    site.done(&["places", "import", &table, "--kind", "black_point", "--by", "li"]).unwrap();
    let rows: Vec<Value> = site.rows(&["places", "list"]).unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row["origin"].clone(), row["confirmed_by"].clone())).collect();
    assert_eq!(
        told,
        [
            (json!({ "imported": { "file": "pawn.csv" } }), json!("li")),
            (json!({ "mined": { "vehicles": 4 } }), json!("wang"))
        ]
    );
    assert!(rows.iter().all(|row| row["confirmed_at"].is_string()));
    assert!(site.done(&["places", "list", "-o", "table"]).unwrap().contains("mined from 4 vehicles' stays"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_thousands_enters_a_running_server() {
    let site = begun().await;
    let server = site.serve().unwrap();
    let mut text = "id,lat,lon,radius_m\n".to_owned();
    for number in 0..2_000 {
        writeln!(text, "p{number},22.{number:04},114.0,100").unwrap();
    }
    let told = site
        .done(&["places", "import", &site.file("many.csv", text).unwrap(), "--kind", "black_point"])
        .unwrap();
    assert!(told.lines().count() > 3 && told.contains("2000 are watched"), "{told}");
    assert_eq!(listed(&site).len(), 2_000);
    server.stop().unwrap();
    assert!(site.done(&["audit", "verify"]).is_ok());
}

/// A package with the borders of two provinces of one country, laid out as Natural Earth's.
fn borders(site: &Site) -> String {
    let square = |west: f64| json!({ "type": "Polygon", "coordinates": [[[west, 22.0], [west + 1.0, 22.0], [west + 1.0, 23.0], [west, 22.0]]] });
    let province = |code: &str, zh: &str, west: f64| {
        let properties =
            json!({ "iso_a2": "XA", "iso_3166_2": code, "name_zh": zh, "name_en": "East", "name": "E" });
        json!({ "type": "Feature", "properties": properties, "geometry": square(west) })
    };
    let provinces = [province("XA-W", "西省", 113.0), province("XA-X01~", "", 114.0)];
    let all = json!({ "type": "FeatureCollection", "features": provinces });
    let file = site.file("admin1.json", all.to_string()).unwrap();
    let data = std::path::Path::new(&file).parent().unwrap().join("package/data");
    std::fs::create_dir_all(data.join("states")).unwrap();
    std::fs::create_dir_all(data.join("countries")).unwrap();
    std::fs::rename(file, data.join("states/admin1.json")).unwrap();
    let country = json!({ "type": "Feature", "properties": {}, "geometry": square(113.0) });
    std::fs::write(data.join("countries/XA.json"), country.to_string()).unwrap();
    data.parent().unwrap().display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_borders_that_the_script_picks_can_be_imported() {
    let site = begun().await;
    let package = borders(&site);
    let picked = |arguments: &[&str]| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/regions");
        std::process::Command::new(script).args(["--from", &package]).args(arguments).output().unwrap()
    };
    let unknown = picked(&["province", "XA", "QQ"]);
    assert_eq!(
        (unknown.status.code(), unknown.stdout.len()),
        (Some(5), 0),
        "half of what was asked for is none"
    );
    assert_eq!(picked(&["town", "XA"]).status.code(), Some(2));
    for (level, ids) in [("province", vec!["XA-W", "XA-X01"]), ("country", vec!["XA"])] {
        let file = site.file("picked.geojson", picked(&[level, "XA"]).stdout).unwrap();
        site.done(&["places", "import", &file]).unwrap();
        let rows: Vec<Value> = site.rows(&["places", "list", "--kind", "region"]).unwrap();
        let of_level = rows.iter().filter(|row| row["watches"] == level);
        assert_eq!(of_level.map(|row| row["place"].as_str().unwrap()).collect::<Vec<_>>(), ids);
        assert_eq!(rows[rows.len() - ids.len()]["name"].as_str().map(str::is_empty), Some(false));
    }
}
