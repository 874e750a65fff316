//! Which share of the work: `--shard`.

use std::env;

use clap::Args;

use super::failure::Failure;
use crate::dataset::Shard;

/// Which share of the work.
#[derive(Debug, Args)]
pub(super) struct ShardArguments {
    /// Do only a share of the work: I/N, I from 0 to N-1, or `slurm` for the place of this task in
    /// its job array; any share may come first
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    shard: Option<ShardArgument>,
}

impl ShardArguments {
    /// The share; all of the work if none was asked for.
    pub(super) fn shard(&self) -> Result<Shard, Failure> {
        match self.shard {
            None => Ok(Shard::WHOLE),
            Some(ShardArgument::Share(shard)) => Ok(shard),
            Some(ShardArgument::Slurm) => slurm_shard(|name| env::var(name).ok()),
        }
    }
}

/// Which share.
#[derive(Debug, Clone, Copy)]
enum ShardArgument {
    Share(Shard),
    Slurm,
}

fn parse_shard(text: &str) -> Result<ShardArgument, String> {
    if text == "slurm" {
        return Ok(ShardArgument::Slurm);
    }
    let numbers = text.split_once('/').and_then(|(index, count)| {
        let index: u64 = index.parse().ok()?;
        Some((index, count.parse().ok()?))
    });
    let Some((index, count)) = numbers else {
        return Err("I/N with I from 0 to N-1, such as 0/4, or `slurm`".to_owned());
    };
    let shard = Shard::new(index, count).map_err(|error| error.to_string())?;
    Ok(ShardArgument::Share(shard))
}

/// The share of this task of a Slurm job array, by what `variable` says of the environment.
fn slurm_shard(variable: impl Fn(&str) -> Option<String>) -> Result<Shard, Failure> {
    let optional = |name: &str| -> Result<Option<u64>, Failure> {
        let Some(text) = variable(name) else {
            return Ok(None);
        };
        let number = text.parse().map(Some);
        number.map_err(|_| Failure::usage(format!("--shard slurm: {name} is no number: `{text}`")))
    };
    let required = |name: &str| {
        optional(name)?.ok_or_else(|| {
            Failure::usage(format!(
                "--shard slurm: {name} is not set: it is for the tasks of `sbatch --array=0-N`"
            ))
        })
    };
    let id = required("SLURM_ARRAY_TASK_ID")?;
    let min = required("SLURM_ARRAY_TASK_MIN")?;
    let count = required("SLURM_ARRAY_TASK_COUNT")?;
    if let Some(max) = optional("SLURM_ARRAY_TASK_MAX")?
        && max.checked_sub(min).and_then(|span| span.checked_add(1)) != Some(count)
    {
        return Err(Failure::usage(format!(
            "--shard slurm: the array's {count} tasks are not all from {min} to {max}: submit it with step 1"
        )));
    }
    let index = id.checked_sub(min).ok_or_else(|| {
        Failure::usage(format!(
            "--shard slurm: the task {id} is below the array's first, {min}"
        ))
    })?;
    Ok(Shard::new(index, count)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_parsed_or_refused() {
        assert!(matches!(parse_shard("slurm"), Ok(ShardArgument::Slurm)));
        assert!(
            matches!(parse_shard("2/3"), Ok(ShardArgument::Share(shard)) if shard.index() == 2)
        );
        for wrong in ["3/3", "-1/3", "1", "1/0", "a/b", "1/2/3", ""] {
            assert!(parse_shard(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_slurm_task_knows_its_share() {
        let shard = |id, min, count, max: Option<&str>| {
            slurm_shard(|name| match name {
                "SLURM_ARRAY_TASK_ID" => Some(String::from(id)),
                "SLURM_ARRAY_TASK_MIN" => Some(String::from(min)),
                "SLURM_ARRAY_TASK_COUNT" => Some(String::from(count)),
                "SLURM_ARRAY_TASK_MAX" => max.map(String::from),
                _ => None,
            })
        };
        let found = shard("7", "4", "8", Some("11")).unwrap();
        assert_eq!((found.index(), found.count()), (3, 8));
        assert!(shard("7", "4", "8", None).is_ok());
        assert!(shard("7", "4", "8", Some("18")).is_err());
        assert!(shard("3", "4", "8", None).is_err());
        assert!(shard("12", "4", "8", None).is_err());
        assert!(shard("x", "4", "8", None).is_err());
        assert!(slurm_shard(|_| None).is_err());
    }
}
