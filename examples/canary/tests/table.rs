//! The example prints the table that its README shows.
#![cfg(test)]

use std::process::Command;

#[test]
fn the_table_is_the_one_of_the_readme() {
    let output = Command::new(env!("CARGO_BIN_EXE_canary")).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let printed = String::from_utf8(output.stdout).unwrap();
    let readme = include_str!("../README.md");
    let shown = readme
        .split("```text\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    assert_eq!(printed.trim_end(), shown.trim_end());
    // Fewer and fewer, and with the strict mode *fleet* nobody from the first canary phase on.
    let rows: Vec<Vec<usize>> = printed
        .lines()
        .skip(1)
        .map(|line| {
            let numbers = line
                .split_whitespace()
                .rev()
                .take(3)
                .map(|it| it.parse().unwrap());
            numbers.collect()
        })
        .collect();
    assert!(rows.iter().map(|row| row[2]).is_sorted_by(|a, b| a >= b));
    assert!(rows[1..].iter().all(|row| row[0] == 0));
}
