/// No more points than the picture can show: of those in one column of pixels the first, the last, the highest
/// and the lowest stay, so that no peak is lost. The points are in the picture's pixels, from left to right.
pub(super) fn thin(points: &[(f64, f64)], columns: f64) -> Vec<(f64, f64)> {
    if points.len() as f64 <= columns * 2.0 {
        return points.to_vec();
    }
    points
        .chunk_by(|a, b| a.0.floor() == b.0.floor())
        .flat_map(corners)
        .collect()
}

/// The first, the lowest, the highest and the last, in the order in which they come, each once.
fn corners(column: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let by_height = |a: &(usize, f64), b: &(usize, f64)| a.1.total_cmp(&b.1);
    let heights = || column.iter().enumerate().map(|(at, point)| (at, point.1));
    let mut kept = vec![0, column.len().saturating_sub(1)];
    kept.extend(heights().min_by(by_height).map(|(at, _)| at));
    kept.extend(heights().max_by(by_height).map(|(at, _)| at));
    kept.sort_unstable();
    kept.dedup();
    kept.into_iter()
        .filter_map(|at| column.get(at).copied())
        .collect()
}
