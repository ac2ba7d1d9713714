//! Places from the person who sets them to the alert, folded as a server would: each input is folded by a fold that has just
//! been taken over, so that everything here also holds across restarts.

use journal::{ClockSpec, FoldLock, Journal};
use model::input::{Action, Binding, BookActivation, Human, Input, Outcome, Role};
use model::place::{Area, Origin, PlaceKind, Provenance, Scope, Sourced};
use model::{
    Attribute, ContractId, Coordinates, DeviceTime, Event, Finding, Fix, InputId, LenderId, Loan, Measured,
    Millis, Place, PlaceId, Position, ProtocolName, Reception, Rule, Seq, SessionId, Speed, TerminalId,
    Timestamp, VehicleId, ZoneOffset, ZoneSource,
};
use store::{AlertQuery, Store};
use watch::{Config, Fold};

struct Desk {
    folder: tempfile::TempDir,
    journal: Journal,
    store: Store,
    asked: u32,
}

const MINUTE: Millis = 60_000;

impl Desk {
    /// Terminal 15 is on a vehicle whose VIN and plate are known.
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ClockSpec::Stepped { origin: Timestamp::parse("2026-11-20T04:00:00Z").unwrap() };
        let journal = Journal::open(folder.path(), journal::Config::default(), clock).await.unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
        let mut desk = Self { folder, journal, store, asked: 0 };
        desk.tell(Input::RunStart { build: "test".into(), rules_version: 1 }).await;
        let from = desk.now().plus(-60 * MINUTE);
        let binding = Binding { terminal: terminal(), vehicle: vehicle(), role: Role::Main, from, to: None };
        desk.ask(Action::Bind { bindings: vec![binding] }).await;
        desk
    }

    fn now(&self) -> Timestamp {
        self.journal.clock().now()
    }

    async fn tell(&self, input: Input) {
        self.journal.append(vec![input.into()]).await.unwrap();
        let lock = FoldLock::try_take(self.folder.path()).unwrap().unwrap();
        let fold = Fold::take(self.journal.clone(), self.store.clone(), Config::default(), &lock, false);
        fold.await.unwrap().catch_up().await.unwrap();
    }

    async fn ask(&mut self, action: Action) -> Outcome {
        self.asked += 1;
        let id = InputId(format!("ask-{}", self.asked));
        self.tell(Input::Human(Box::new(Human { id: id.clone(), actor: "li".into(), action }))).await;
        self.store.outcome(&id).await.unwrap().unwrap()
    }

    async fn set(&mut self, places: Vec<Place>, remove: &[&str]) -> Outcome {
        let remove = remove.iter().map(|id| PlaceId::parse(id).unwrap()).collect();
        self.ask(Action::SetPlaces { places, remove }).await
    }

    /// Stands at the pawn shop for so many minutes, reporting each of them.
    async fn stand(&self, minutes: u32) {
        for _ in 0..minutes {
            self.journal.clock().step_to(self.now().plus(MINUTE));
            self.tell(Input::Reception(Box::new(self.report()))).await;
            self.tell(Input::Tick { listening: true }).await;
        }
    }

    fn report(&self) -> Reception {
        let clock =
            DeviceTime::Clock { wall: self.now(), offset: ZoneOffset::UTC, source: ZoneSource::Protocol };
        let position = Position {
            time: clock,
            fix: Fix::Gnss(centre()),
            speed: Some(Speed::from_kmh(0)),
            course: None,
            altitude: None,
            satellites: Some(9),
            buffered: false,
            alarms: model::Alarms::NONE,
            attributes: [Attribute::Ignition(false)].into_iter().collect(),
            measured: Measured { version: 1, hash: 1 },
        };
        Reception {
            session: SessionId { run: Seq(1), connection: 1 },
            frame_no: 1,
            terminal: terminal(),
            protocol: ProtocolName::parse("gt06").unwrap(),
            number: 0x22,
            serial: None,
            received_at: self.now(),
            checksum_ok: true,
            events: vec![Event::Position(Box::new(position))],
            problem: None,
        }
    }

    /// Rule and state of each alert.
    async fn alerts(&self) -> Vec<(Rule, &'static str)> {
        let alerts = self.store.alerts(&AlertQuery::default()).await.unwrap();
        alerts.iter().map(|alert| (alert.rule, alert.state.code())).collect()
    }

    /// Where an alert says that its place is from.
    async fn provenance(&self) -> Option<Provenance> {
        let alerts = self.store.alerts(&AlertQuery::default()).await.unwrap();
        alerts.into_iter().find_map(|alert| match alert.explanation.finding {
            Finding::Inside { provenance, .. } => provenance,
            _ => None,
        })
    }

    async fn names(&self) -> Vec<String> {
        self.store.places().await.unwrap().into_iter().map(|watched| watched.place.name).collect()
    }
}

fn terminal() -> TerminalId {
    TerminalId::parse("15").unwrap()
}

fn vehicle() -> VehicleId {
    VehicleId::parse("粤B12345").unwrap()
}

fn centre() -> Coordinates {
    Coordinates::from_degrees(22.5, 114.0).unwrap()
}

fn pawn(id: &str, radius_m: u32) -> Place {
    let area = Area::Circle { centre: centre(), radius_m };
    let id = PlaceId::parse(id).unwrap();
    Place { id, name: id.to_string(), kind: PlaceKind::BlackPoint, area, scope: Scope::Vehicle(vehicle()) }
}

fn code(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done { .. } => "done",
        Outcome::Conflict { .. } => "conflict",
        Outcome::Refused { .. } => "refused",
        Outcome::NotFound { .. } => "not found",
    }
}

#[tokio::test]
async fn places_are_set_whole_or_not_at_all_and_outlive_a_restart() {
    let mut desk = Desk::open().await;
    let done = desk.set(vec![pawn("a", 100), pawn("b", 100)], &[]).await;
    assert!(
        matches!(&done, Outcome::Done { message } if message == "2 places set, 0 removed; 2 are watched"),
        "{done:?}"
    );
    assert_eq!(code(&desk.set(vec![pawn("c", 100), pawn("d", 1)], &[]).await), "refused");
    assert_eq!(code(&desk.set(vec![pawn("c", 100)], &["a", "x"]).await), "not found");
    assert_eq!(desk.names().await, ["a", "b"]);
    assert_eq!(code(&desk.set(vec![pawn("c", 100)], &["a"]).await), "done");
    assert_eq!(desk.names().await, ["b", "c"]);
    let lines = desk.store.audit_after(0, 100).await.unwrap();
    let of_places = lines.iter().filter(|line| line.action == "set_places");
    assert_eq!(
        of_places.map(|line| line.outcome.as_str()).collect::<Vec<_>>(),
        ["done", "refused", "not_found", "done"]
    );
}

#[tokio::test]
async fn a_stay_is_told_across_restarts_and_over_when_its_place_is_watched_no_more() {
    let mut desk = Desk::open().await;
    desk.set(vec![pawn("a", 200)], &[]).await;
    desk.stand(25).await;
    assert_eq!(desk.alerts().await, []);
    desk.stand(10).await;
    assert_eq!(desk.alerts().await, [(Rule::BlackpointStay, "open")]);
    desk.set(Vec::new(), &["a"]).await;
    assert_eq!(desk.alerts().await, [(Rule::BlackpointStay, "open")]);
    desk.tell(Input::Tick { listening: true }).await;
    assert_eq!(desk.alerts().await, [(Rule::BlackpointStay, "closed")]);
}

#[tokio::test]
async fn a_place_is_met_by_the_next_reports_of_who_stands_there_already() {
    let mut desk = Desk::open().await;
    desk.stand(60).await;
    desk.set(vec![pawn("a", 200)], &[]).await;
    desk.stand(25).await;
    assert_eq!(desk.alerts().await, [], "it has stood in a watched place for 25 minutes only");
    desk.stand(10).await;
    assert_eq!(desk.alerts().await, [(Rule::BlackpointStay, "open")]);
}

#[tokio::test]
async fn what_was_mined_is_watched_only_by_the_word_of_a_person_who_is_named_with_each_alert() {
    let mut desk = Desk::open().await;
    let mined = |vehicles| vec![Sourced { place: pawn("a", 200), origin: Origin::Mined { vehicles } }];
    let by = |name: &str| Some(name.to_owned());
    for (places, by) in [(mined(4), None), (mined(4), by("")), (mined(2), by("li"))] {
        assert_eq!(code(&desk.ask(Action::ConfirmPlaces { places, by }).await), "refused");
    }
    desk.stand(35).await;
    assert_eq!((desk.names().await, desk.alerts().await), (Vec::new(), Vec::new()));
    let confirmed_at = desk.now();
    let done = desk.ask(Action::ConfirmPlaces { places: mined(4), by: by("wang") }).await;
    assert_eq!(code(&done), "done");
    desk.stand(35).await;
    assert_eq!(desk.alerts().await, [(Rule::BlackpointStay, "open")]);
    let origin = Origin::Mined { vehicles: 4 };
    let provenance = Provenance { origin, confirmed_by: "wang".into(), confirmed_at };
    assert_eq!(desk.provenance().await, Some(provenance));
    let lines = desk.store.audit_after(0, 100).await.unwrap();
    let told = lines.iter().filter(|line| line.action == "confirm_places");
    let told: Vec<_> =
        told.map(|line| (line.actor.as_str(), line.subject.as_str(), line.outcome.as_str())).collect();
    assert_eq!(told.last(), Some(&("li", "1 mined, confirmed by wang", "done")));
    assert_eq!(told.len(), 4, "what was refused is in the log too");
}

#[tokio::test]
async fn a_place_for_a_plate_goes_over_to_the_vehicle_that_turns_out_to_have_it() {
    let mut desk = Desk::open().await;
    let (plate, vin) =
        (VehicleId::parse("粤A00001").unwrap(), VehicleId::parse("LSVAA4187E2184847").unwrap());
    let lot = Place { scope: Scope::Vehicle(plate), ..pawn("a", 100) };
    desk.ask(Action::ConfirmPlaces { places: vec![Sourced { place: lot, origin: Origin::Drawn }], by: None })
        .await;
    let (lender, as_of) = (LenderId("main".into()), desk.now());
    let loan = Loan { plate: Some(plate), ..Loan::bare(ContractId("C1".into()), lender.clone(), vin, as_of) };
    let book = "book".to_owned();
    desk.tell(Input::BookChunk { book: book.clone(), first_row: 0, loans: vec![loan] }).await;
    let activation = BookActivation { book, lender, as_of, rows: 1, complete: true, accept_fall: true };
    assert_eq!(code(&desk.ask(Action::ActivateBook(activation)).await), "done");
    let scopes: Vec<Scope> =
        desk.store.places().await.unwrap().into_iter().map(|watched| watched.place.scope).collect();
    assert_eq!(scopes, [Scope::Vehicle(vin)]);
    let kept = desk.store.places().await.unwrap().into_iter().filter_map(|watched| watched.provenance);
    let stands: Vec<String> = kept.map(|provenance| provenance.confirmed_by).collect();
    assert_eq!(stands, ["li"], "it goes over with where it is from");
}
