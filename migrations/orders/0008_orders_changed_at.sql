-- When an order's row last changed, by whoever's hand: the reconciler looks at those that changed lately. Orders that
-- are there already changed long ago.
ALTER TABLE orders
    ADD COLUMN changed_at DATETIME(6) NOT NULL DEFAULT '2000-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP(6),
    ADD KEY orders_changed (changed_at);
