-- For the reconciler: reservations that changed lately are found without reading the rest.
ALTER TABLE reservations ADD KEY reservations_changed (updated_at);
