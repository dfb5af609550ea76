//! The start as the reader sees it: one line a part, spinning on a terminal, plain elsewhere.

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

#[derive(Debug, Clone)]
pub struct Progress {
    how: How,
}

#[derive(Debug, Clone)]
enum How {
    Bars(MultiProgress),
    Lines,
    Nothing,
}

/// One part under way.
#[derive(Debug)]
pub struct Step {
    name: String,
    began: Instant,
    how: How,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub fn new(quiet: bool) -> Self {
        let how = match (quiet, io::stderr().is_terminal()) {
            (true, _) => How::Nothing,
            (false, true) => How::Bars(MultiProgress::new()),
            (false, false) => How::Lines,
        };
        Self { how }
    }

    pub fn begin(&self, name: &str, doing: &str) -> Step {
        let bar = match &self.how {
            How::Bars(bars) => {
                let bar = bars.add(ProgressBar::new_spinner());
                bar.set_style(style("{spinner:.cyan} {prefix:<16} {wide_msg}"));
                bar.set_prefix(name.to_owned());
                bar.set_message(doing.to_owned());
                bar.enable_steady_tick(Duration::from_millis(90));
                Some(bar)
            }
            How::Lines | How::Nothing => None,
        };
        Step { name: name.to_owned(), began: Instant::now(), how: self.how.clone(), bar }
    }
}

impl Step {
    pub fn doing(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(what.to_owned()),
            None => self.line(what),
        }
    }

    pub fn done(self, result: &str) {
        self.finish("{prefix:.green} {wide_msg}", "✔", result);
    }

    pub fn failed(self) {
        self.finish("{prefix:.red} {wide_msg}", "✘", "failed");
    }

    fn finish(self, template: &str, mark: &'static str, result: &str) {
        let took = self.began.elapsed().as_secs_f32();
        match &self.bar {
            Some(bar) => {
                bar.set_style(style(template));
                bar.set_prefix(mark);
                bar.finish_with_message(format!("{:<16} {result} ({took:.1} s)", self.name));
            }
            None => self.line(&format!("{result} ({took:.1} s)")),
        }
    }

    fn line(&self, text: &str) {
        if matches!(self.how, How::Lines) {
            // Nothing can be done about a reader that is gone.
            let _ = writeln!(io::stderr(), "{:<16} {text}", self.name);
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
