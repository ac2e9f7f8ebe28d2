//! A treemap's geometry: rectangles as large as their shares and as near to squares as can be (after Bruls,
//! Huizing and van Wijk, "Squarified Treemaps", 2000).

/// A rectangle in the drawing's own units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tile {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// Lays out shares, which come in falling order, within `room`. A share of nothing gets a tile without area.
pub fn squarified(shares: &[u64], room: Tile) -> Vec<Tile> {
    let whole: f64 = shares.iter().map(|share| *share as f64).sum();
    let scale = if whole > 0.0 { room.width * room.height / whole } else { 0.0 };
    let areas: Vec<f64> = shares.iter().map(|share| *share as f64 * scale).collect();
    let mut tiles = Vec::with_capacity(areas.len());
    let mut room = room;
    let mut rest = areas.as_slice();
    while !rest.is_empty() {
        let side = room.width.min(room.height);
        let mut count = 1;
        while count < rest.len() && worst(&rest[..=count], side) <= worst(&rest[..count], side) {
            count += 1;
        }
        let (row, others) = rest.split_at(count);
        room = lay(row, room, &mut tiles);
        rest = others;
    }
    tiles
}

/// How far from a square the worst tile of a row is that fills one side.
fn worst(row: &[f64], side: f64) -> f64 {
    let sum: f64 = row.iter().sum();
    let (most, least) =
        row.iter().fold((0.0_f64, f64::MAX), |(most, least), area| (most.max(*area), least.min(*area)));
    if sum <= 0.0 || least <= 0.0 || side <= 0.0 {
        return f64::MAX;
    }
    let (side, sum) = (side * side, sum * sum);
    (side * most / sum).max(sum / (side * least))
}

/// Puts a row along the shorter side, and gives the room that is left.
fn lay(row: &[f64], room: Tile, tiles: &mut Vec<Tile>) -> Tile {
    let sum: f64 = row.iter().sum();
    let is_tall = room.height > room.width;
    let side = room.width.min(room.height);
    let depth = if side > 0.0 { sum / side } else { 0.0 };
    let mut along = 0.0;
    for area in row {
        let length = if depth > 0.0 { area / depth } else { 0.0 };
        tiles.push(if is_tall {
            Tile { x: room.x + along, y: room.y, width: length, height: depth }
        } else {
            Tile { x: room.x, y: room.y + along, width: depth, height: length }
        });
        along += length;
    }
    if is_tall {
        Tile { y: room.y + depth, height: (room.height - depth).max(0.0), ..room }
    } else {
        Tile { x: room.x + depth, width: (room.width - depth).max(0.0), ..room }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Tile = Tile { x: 0.0, y: 0.0, width: 600.0, height: 400.0 };

    #[test]
    fn each_share_has_its_area_inside_the_room_and_none_lies_on_another() {
        let shares = [60, 60, 40, 30, 20, 20, 10];
        let tiles = squarified(&shares, ROOM);
        for (tile, share) in tiles.iter().zip(shares) {
            assert!((tile.width * tile.height - share as f64 * 1000.0).abs() < 1e-6, "{tile:?}");
            assert!(tile.x >= 0.0 && tile.x + tile.width <= 600.0 + 1e-6, "{tile:?}");
            assert!(tile.y >= 0.0 && tile.y + tile.height <= 400.0 + 1e-6, "{tile:?}");
        }
        for (at, one) in tiles.iter().enumerate() {
            for other in &tiles[at + 1..] {
                let apart = one.x + one.width <= other.x + 1e-6
                    || other.x + other.width <= one.x + 1e-6
                    || one.y + one.height <= other.y + 1e-6
                    || other.y + other.height <= one.y + 1e-6;
                assert!(apart, "{one:?} on {other:?}");
            }
        }
        // The paper's own example: no tile is longer than three times its width.
        assert!(tiles.iter().all(|tile| tile.width.max(tile.height) < 3.0 * tile.width.min(tile.height)));
    }

    #[test]
    fn nothing_and_shares_of_nothing_have_no_area() {
        assert_eq!(squarified(&[], ROOM), []);
        let tiles = squarified(&[5, 0, 0], ROOM);
        assert_eq!(tiles[0], ROOM);
        assert!(tiles[1..].iter().all(|tile| tile.width * tile.height == 0.0), "{tiles:?}");
        assert!(squarified(&[0], ROOM).iter().all(|tile| tile.width.is_finite()));
        assert_eq!(squarified(&[u64::MAX, u64::MAX], ROOM).len(), 2);
    }
}
