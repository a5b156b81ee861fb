use serde::Serialize;

/// The radius of the earth as a sphere, in kilometres.
const EARTH_KM: f64 = 6371.0;

/// A place on the ground, in degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Position {
    /// North of the equator.
    pub latitude: f64,
    /// East of Greenwich.
    pub longitude: f64,
}

impl Position {
    /// A position in the United Kingdom or the islands about it; none for any other.
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        let is_near = (49.0..=61.5).contains(&latitude) && (-9.0..=2.5).contains(&longitude);
        is_near.then_some(Position {
            latitude,
            longitude,
        })
    }

    /// The same as a point on a sphere of radius 1.
    pub(super) fn point(self) -> Point {
        let (lat, lon) = (self.latitude.to_radians(), self.longitude.to_radians());
        Point {
            x: lat.cos() * lon.cos(),
            y: lat.cos() * lon.sin(),
            z: lat.sin(),
        }
    }

    /// How far another position is, in whole metres.
    pub fn metres_to(self, other: Position) -> u32 {
        metres(self.point().chord(other.point()))
    }
}

/// A point on a sphere of radius 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) z: f64,
}

impl Point {
    /// The square of the straight line to another point, through the sphere: cheap, and the longer the farther.
    pub(super) fn chord(self, other: Point) -> f64 {
        let (x, y, z) = (self.x - other.x, self.y - other.y, self.z - other.z);
        x * x + y * y + z * z
    }
}

/// Whole metres along the ground for the square of a chord.
pub(super) fn metres(chord: f64) -> u32 {
    let km = 2.0 * EARTH_KM * (chord.sqrt() / 2.0).min(1.0).asin();
    (km * 1000.0).round() as u32
}

/// The square of the longest chord that still is so many kilometres, to the metre.
pub(super) fn farthest(km: u16) -> f64 {
    let metres = f64::from(km) * 1000.0 + 0.5;
    let chord = 2.0 * (metres / 1000.0 / (2.0 * EARTH_KM)).sin();
    chord * chord
}

/// How far a service is from a patient.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Distance {
    /// Kilometres, to the metre, from the middle of the patient's outward code.
    pub km: f64,
    /// Whether the patient's place is not quite known: the outward code lies in several regions, or only its area is
    /// known.
    pub is_ambiguous: bool,
}
