-- For the reconciler: payments that changed lately are found without reading the rest.
ALTER TABLE payments ADD KEY payments_changed (changed_at);
