//! Places that are watched, as `--help` shows them.

use super::purpose;
use crate::listing::Output;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum PlacesCommand {
    /// Import places (GeoJSON, KML or CSV, WGS-84); all of them or none
    #[command(before_help = "Examples:\n  lienwatch places import pawn-shops.csv --kind black_point\n  \
                             lienwatch places import home.geojson --kind fence --watches out --scope vehicle:粤B12345\n  \
                             lienwatch places import provinces.geojson --kind region --watches province --id-from adm1_code\n  \
                             lienwatch places import mined.geojson --by li\n\n\
                             CSV columns: id, name, kind, lat, lon, radius_m; also watches, scope, datum, origin, vehicles.\n\
                             GeoJSON: Polygon, MultiPolygon, LineString with the property width_m, Point with radius_m; the\n\
                             other columns are properties.")]
    Import(ImportPlaces),
    /// Places that are watched
    List {
        /// Of this kind only: black_point, tow_lot, dealer, repair_shop, fence, region
        #[arg(long)]
        kind: Option<String>,
        /// Why you look: collect, verify, legal or ops; written to the audit log where places of single vehicles are listed
        #[arg(long, default_value = "ops", value_parser = purpose)]
        purpose: String,
        /// Form of the listing
        #[arg(short, long, value_enum, default_value = "table")]
        output: Output,
    },
    /// Watch places no more; all of them or none
    Remove {
        /// Their ids
        #[arg(required = true)]
        ids: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ImportPlaces {
    /// The file
    pub(crate) file: PathBuf,
    /// Kind of the places whose row does not say: black_point, tow_lot, dealer, repair_shop, fence, region
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Of a fence: in or out; of a region: country, province or city; where the row does not say
    #[arg(long)]
    pub(crate) watches: Option<String>,
    /// Whose vehicles they concern, where the row does not say: everyone, lender:ID or vehicle:PLATE [default: everyone]
    #[arg(long)]
    pub(crate) scope: Option<String>,
    /// The GeoJSON property that is the id
    #[arg(long, default_value = "id", value_name = "PROPERTY")]
    pub(crate) id_from: String,
    /// The GeoJSON property that is the name
    #[arg(long, default_value = "name", value_name = "PROPERTY")]
    pub(crate) name_from: String,
    /// Where they are from, where the row does not say: imported, mined or drawn [default: imported]
    #[arg(long)]
    pub(crate) origin: Option<String>,
    /// Who confirms them; needed for what `stays mine` found [default: the OS user]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Only say what it would do
    #[arg(long)]
    pub(crate) dry_run: bool,
}
