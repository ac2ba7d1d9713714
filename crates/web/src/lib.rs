//! Answer people: health and metrics; later the API, live stream and console.
