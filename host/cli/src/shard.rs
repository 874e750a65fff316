//! Which share of the work: `--shard`.

use std::env;

use clap::Args;

use super::failure::Failure;
use landauer::work::Shard;

/// Which share of the work.
#[derive(Debug, Args)]
pub(super) struct ShardArguments {
    /// Do only a share of the work: I/N, I from 0 to N-1, or slurm/N for the share with the number of
    /// this task of a Slurm job array, tasks 0 to N-1; any share may come first, or again
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    shard: Option<ShardArgument>,
}

impl ShardArguments {
    /// The share; all of the work if none was asked for.
    pub(super) fn shard(&self) -> Result<Shard, Failure> {
        match self.shard {
            None => Ok(Shard::WHOLE),
            Some(ShardArgument::Share(shard)) => Ok(shard),
            Some(ShardArgument::Slurm { count }) => {
                slurm_shard(count, env::var(TASK_ID).ok().as_deref())
            }
        }
    }
}

/// The variable in which Slurm says which task of its array this is.
const TASK_ID: &str = "SLURM_ARRAY_TASK_ID";

/// Which share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ShardArgument {
    Share(Shard),
    /// Of this many shares, the one with the number of this task.
    Slurm {
        count: u64,
    },
}

fn parse_shard(text: &str) -> Result<ShardArgument, String> {
    if text == "slurm" {
        // Slurm's variables describe the current submission: a task that is run again alone would do
        // all of the work.
        return Err(
            "the number of shares is needed: slurm/N, with N tasks, 0 to N-1, in the array"
                .to_owned(),
        );
    }
    let usual = || "I/N with I from 0 to N-1, such as 0/4, or slurm/N".to_owned();
    let (index, count) = text.split_once('/').ok_or_else(usual)?;
    let count: u64 = count.parse().map_err(|_| usual())?;
    if index == "slurm" {
        // Refuses a count of 0.
        Shard::new(0, count).map_err(|error| error.to_string())?;
        return Ok(ShardArgument::Slurm { count });
    }
    let index: u64 = index.parse().map_err(|_| usual())?;
    let shard = Shard::new(index, count).map_err(|error| error.to_string())?;
    Ok(ShardArgument::Share(shard))
}

/// The share of the task that Slurm calls `task`, of `count`, whichever tasks of the array are run now.
fn slurm_shard(count: u64, task: Option<&str>) -> Result<Shard, Failure> {
    let option = format!("--shard slurm/{count}");
    let task = task.ok_or_else(|| {
        Failure::usage(format!(
            "{option}: {TASK_ID} is not set: it is for the tasks of `sbatch --array=0-{}`",
            count - 1
        ))
    })?;
    let number = task.parse();
    let number = number
        .map_err(|_| Failure::usage(format!("{option}: {TASK_ID} is not a number: `{task}`")))?;
    Shard::new(number, count).map_err(|_| {
        Failure::usage(format!(
            "{option}: no task {number}: the tasks 0 to {} of the array share the work; to run some of them again, name these: `sbatch --array=3,17`",
            count - 1
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_parsed_or_refused() {
        let slurm = |count| ShardArgument::Slurm { count };
        assert_eq!(parse_shard("slurm/64"), Ok(slurm(64)));
        assert_eq!(parse_shard("slurm/1"), Ok(slurm(1)));
        let share = Shard::new(2, 3).unwrap();
        assert_eq!(parse_shard("2/3"), Ok(ShardArgument::Share(share)));
        for wrong in [
            "3/3", "-1/3", "1", "1/0", "a/b", "1/2/3", "", "slurm/0", "slurm/", "slurm/-1",
            "slurm/x",
        ] {
            assert!(parse_shard(wrong).is_err(), "{wrong}");
        }
        let told = parse_shard("slurm").unwrap_err();
        assert!(told.contains("slurm/N"), "{told}");
    }

    #[test]
    fn a_slurm_task_knows_its_share() {
        let shard = |task| slurm_shard(8, task);
        for (task, index) in [("0", 0), ("5", 5), ("7", 7)] {
            let found = shard(Some(task)).unwrap();
            assert_eq!((found.index(), found.count()), (index, 8));
        }
        for (wrong, words) in [
            (Some("8"), "no task 8"),
            (Some("x"), "not a number: `x`"),
            (Some("-1"), "not a number"),
            (Some(""), "not a number"),
            (None, "is not set"),
        ] {
            let failure = shard(wrong).unwrap_err();
            let told = failure.error.to_string();
            assert!(told.contains(words) && told.contains("slurm/8"), "{told}");
        }
    }
}
