//! Eliminations of dense matrices.

use super::super::interior::weight;
use super::*;

type Complex = num_complex::Complex<f64>;

/// A symmetric matrix of `rows` rows, of which the last is not one of its unknowns.
fn dense(columns: usize, element: impl Fn(usize, usize) -> Complex) -> Vec<Vec<Complex>> {
    let element = &element;
    let row =
        |row: usize| (0..columns).map(move |column| element(row.max(column), row.min(column)));
    (0..=columns).map(|number| row(number).collect()).collect()
}

/// As a matrix of one plane or two.
fn planes<const P: usize>(dense: &[Vec<Complex>]) -> Matrix<P> {
    let columns = dense[0].len();
    let mut matrix = Matrix::zeros(dense.len(), columns);
    for column in 0..columns {
        for row in column..dense.len() {
            let number = [dense[row][column].re, dense[row][column].im];
            for plane in 0..P {
                matrix.column_mut(plane, column)[row] = number[plane];
            }
        }
    }
    matrix
}

/// What is left of a matrix, by Gauss and Jordan with the largest pivots of all.
fn expected(mut dense: Vec<Vec<Complex>>, candidates: usize) -> Vec<Vec<Complex>> {
    let columns = dense[0].len();
    let mut left: Vec<usize> = (0..candidates).collect();
    let mut rows: Vec<usize> = (0..candidates).collect();
    while !left.is_empty() {
        let pairs = rows
            .iter()
            .flat_map(|&row| left.iter().map(move |&column| (row, column)));
        let size = |&(row, column): &(usize, usize)| dense[row][column].l1_norm();
        let (row, column) = pairs.max_by(|a, b| size(a).total_cmp(&size(b))).unwrap();
        rows.retain(|&other| other != row);
        left.retain(|&other| other != column);
        let pivot = dense[row].clone();
        for other in 0..dense.len() {
            if other != row && (rows.contains(&other) || other >= candidates) {
                let factor = dense[other][column] / pivot[column];
                for at in 0..columns {
                    dense[other][at] -= factor * pivot[at];
                }
            }
        }
    }
    dense[candidates..]
        .iter()
        .map(|row| row[candidates..].to_vec())
        .collect()
}

fn check<const P: usize>(dense: &[Vec<Complex>], candidates: usize, place: &str) {
    let columns = dense[0].len();
    let shape = Shape {
        candidates,
        // Nothing outside can have a candidate delayed.
        tested: candidates,
    };
    let mut matrix = planes::<P>(dense);
    let mut weights = vec![0.0; candidates];
    let found = eliminate(
        Arch::new(),
        &mut matrix,
        shape,
        &mut weights,
        &mut Workspace::default(),
    );
    assert_eq!(found, candidates, "{place}");
    let expected = expected(dense.to_vec(), candidates);
    let largest = expected
        .iter()
        .flatten()
        .fold(1.0_f64, |most, x| most.max(x.l1_norm()));
    for column in candidates..columns {
        for row in column..=columns {
            let number = |plane: usize| matrix.column(plane, column)[row];
            let found = Complex::new(number(0), if P == 2 { number(P - 1) } else { 0.0 });
            let error = (found - expected[row - candidates][column - candidates]).l1_norm();
            assert!(
                error <= 1e-11 * largest,
                "{place}, ({row}, {column}): {error:e}"
            );
        }
    }
}

#[test]
fn what_is_left_is_the_schur_complement() {
    // Fewer unknowns than fill a panel, a panel, a block, and more; zeros on the diagonal, so that pairs are needed.
    for (candidates, outside) in [
        (1, 1),
        (2, 3),
        (10, 7),
        (48, 20),
        (49, 1),
        (150, 40),
        (300, 10),
    ] {
        for diagonal in [0.0, 1.0, 30.0] {
            let columns = candidates + outside;
            let place = format!("{candidates}, {outside}, {diagonal}");
            let real = |row: usize, column: usize| {
                let beside = weight(row * 1000 + column);
                Complex::new(
                    if row == column {
                        diagonal * beside
                    } else {
                        beside
                    },
                    0.0,
                )
            };
            // All are coupled; what is outside so weakly that nothing need be delayed.
            let weak = |row: usize, column: usize| {
                let scale = if row >= candidates && column < candidates {
                    0.1
                } else {
                    1.0
                };
                scale * real(row, column)
            };
            if candidates == 1 && diagonal == 0.0 {
                continue;
            }
            let matrix = dense(columns, weak);
            check::<1>(&matrix, candidates, &place);
            check::<2>(&matrix, candidates, &place);
            let complex = |row: usize, column: usize| {
                let im = if row == column {
                    0.5
                } else {
                    weight(row + 7000 * column)
                };
                weak(row, column) * Complex::new(1.0, im)
            };
            check::<2>(&dense(columns, complex), candidates, &place);
        }
    }
}

#[test]
fn what_is_no_good_pivot_is_delayed_and_the_check_still_holds() {
    // Blocks of a bipartite lattice with one site too many: singular. The last row is the check.
    for count in [3, 21, 101, 301] {
        let outside = 5;
        let columns = count + outside;
        let element = |row: usize, column: usize| match row - column {
            1 if row < count => 1.0,
            _ if row >= count && (row + column).is_multiple_of(3) => weight(row * 400 + column),
            _ => 0.0,
        };
        let all: Vec<f64> = (0..columns).map(weight).collect();
        let mut matrix = Matrix::<1>::zeros(columns + 1, columns);
        for column in 0..columns {
            let mut check = 0.0;
            for (other, weight) in all.iter().enumerate() {
                check += element(other.max(column), other.min(column)) * weight;
            }
            let to = matrix.column_mut(0, column);
            for row in column..columns {
                to[row] = element(row, column);
            }
            to[columns] = check;
        }
        let mut weights = all[..count].to_vec();
        let shape = Shape {
            candidates: count,
            tested: columns,
        };
        let found = eliminate(
            Arch::new(),
            &mut matrix,
            shape,
            &mut weights,
            &mut Workspace::default(),
        );
        assert!(found < count && found + 3 >= count, "{found} of {count}");
        weights.extend(&all[count..]);
        for row in found..columns {
            let sum: f64 = { found..columns }
                .map(|other| matrix.column(0, row.min(other))[row.max(other)] * weights[other])
                .sum();
            let check = matrix.column(0, row)[columns];
            assert!((sum - check).abs() < 1e-11, "{count}: {sum} {check}");
        }
    }
}

#[test]
fn nothing_overflows_beside_walls() {
    // A chain with walls of all heights between its sites.
    let heights = [1e3, 1e150, -1e300, 1e16, 1e150];
    let count = 30;
    let columns = count + 2;
    let mut matrix = Matrix::<1>::zeros(columns + 1, columns);
    for column in 0..count {
        let to = matrix.column_mut(0, column);
        to[column] = if column % 4 == 1 {
            heights[column % 5]
        } else {
            0.3
        };
        if column + 1 < count {
            to[column + 1] = 1.0;
        }
    }
    matrix.column_mut(0, 0)[count] = 1.0;
    matrix.column_mut(0, count - 1)[count + 1] = 1.0;
    let shape = Shape {
        candidates: count,
        tested: columns,
    };
    let mut weights = vec![0.0; count];
    let found = eliminate(
        Arch::new(),
        &mut matrix,
        shape,
        &mut weights,
        &mut Workspace::default(),
    );
    assert_eq!(found, count);
    // The first site has a wall of 1e150 beside it: it is alone.
    let left = matrix.column(0, count)[count];
    assert!((left + 1.0 / 0.3).abs() < 1e-12, "{left}");
    assert!(matrix.planes[0].iter().all(|x| !x.is_nan()));
}
