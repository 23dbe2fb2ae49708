package com.example;

import java.util.List;

/** Exports. */
public class Export {
    private static final int LIMIT = 5;
    @SuppressWarnings("unchecked")
    private int count = 0;

    public String title(List<String> names) {
        if (count > 1 && names.size() != 0) {
            return String.format("%d items", count);
        } else {
            logger.info("nothing");
            names.add("x");
        }
        count += 2 * LIMIT;
        String label = count == 1 ? "one" : "";
        return label + names.get(0);
    }

    public boolean isEmpty() {
        return count == 0 || !(count >= 1);
    }

    public int twice() {
        return count * 2;
    }

    public Object find() {
        names.forEach(name -> { return; });
        return this;
    }
}
