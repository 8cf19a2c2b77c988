//! The models on offer, their cards, those that are picked and the one that is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::anomaly::ModelId;
use crate::error::{Error, Result};
use crate::inference::{Listing, Models};
use crate::models::Card;
use crate::task::{Task, Wake};

/// The models on offer.
pub struct Shelf {
    /// What can be chosen.
    pub listings: Vec<Listing>,
    /// The picked model whose results are shown first; `None` when none is picked.
    pub shown: Option<ModelId>,
    /// The models that Analyse runs and whose results are shown.
    picked: BTreeSet<ModelId>,
    cards: BTreeMap<ModelId, CardState>,
}

enum CardState {
    Reading(Task<Card>),
    Read(Result<Card>),
}

impl Shelf {
    /// Lists the models and starts reading their cards.
    pub(super) fn new(models: &Arc<dyn Models>, wake: &Wake) -> Self {
        let listings = models.list();
        let first = listings.first().map(|listing| listing.id.clone());
        let mut shelf = Self {
            shown: first.clone(),
            picked: first.into_iter().collect(),
            listings,
            cards: BTreeMap::new(),
        };
        shelf.read_cards(models, wake);
        shelf
    }

    /// Starts reading the models' cards, which another source of them may have.
    pub(super) fn read_cards(&mut self, models: &Arc<dyn Models>, wake: &Wake) {
        let cards = self.listings.iter().map(|listing| {
            let (models, id) = (models.clone(), listing.id.clone());
            let task = Task::spawn("card", wake.clone(), move |_| models.card(&id));
            (listing.id.clone(), CardState::Reading(task))
        });
        self.cards = cards.collect();
    }

    /// Returns the card of a model, or why it cannot be read; `None` while it is being read.
    pub fn card(&self, id: &ModelId) -> Option<std::result::Result<&Card, &Error>> {
        match self.cards.get(id)? {
            CardState::Reading(_) => None,
            CardState::Read(card) => Some(card.as_ref()),
        }
    }

    /// Returns the name of a model for people.
    pub fn title(&self, id: &ModelId) -> String {
        self.listings
            .iter()
            .find(|listing| listing.id == *id)
            .map_or_else(|| id.to_string(), |listing| listing.title.clone())
    }

    /// Returns the picked models in the order they are offered.
    pub fn picked(&self) -> impl Iterator<Item = &ModelId> {
        let ids = self.listings.iter().map(|listing| &listing.id);
        ids.filter(|id| self.picked.contains(id))
    }

    /// Reports whether a model is picked.
    pub fn is_picked(&self, id: &ModelId) -> bool {
        self.picked.contains(id)
    }

    /// Returns why a model cannot run, as far as its card tells.
    pub fn obstacle(&self, id: &ModelId) -> Option<&Error> {
        self.card(id)?.err()
    }

    /// Picks a model and shows it, or lets go of it. Models that are not on offer are not picked.
    pub(super) fn pick(&mut self, id: &ModelId, picked: bool) {
        if picked && self.listings.iter().any(|listing| listing.id == *id) {
            self.picked.insert(id.clone());
            self.shown = Some(id.clone());
        } else if !picked {
            self.picked.remove(id);
            if self.shown.as_ref() == Some(id) {
                let next = self.picked().next().cloned();
                self.shown = next;
            }
        }
    }

    /// Picks these models alone, as far as they are on offer, and shows one of them.
    pub(super) fn pick_only(&mut self, picked: &[ModelId], shown: Option<&ModelId>) {
        let on_offer = |id: &&ModelId| self.listings.iter().any(|listing| listing.id == **id);
        self.picked = picked.iter().filter(on_offer).cloned().collect();
        self.shown = shown.filter(|id| self.picked.contains(*id)).cloned();
        self.shown = self.shown.take().or_else(|| self.picked().next().cloned());
    }

    pub(super) fn poll(&mut self) -> bool {
        let mut news = false;
        for state in self.cards.values_mut() {
            if let CardState::Reading(task) = state
                && let Some(card) = task.ready()
            {
                *state = CardState::Read(card.clone());
                news = true;
            }
        }
        news
    }
}
