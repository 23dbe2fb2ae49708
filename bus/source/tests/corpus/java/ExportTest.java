package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import trail.Validates;
import trail.Implements;
import javax.other.Documents;

@Validates(workItem = "X-1", criterion = "AC-1")
class ExportTest {
    @Test
    @Validates(workItem = "X-1", criterion = {"AC-2", "AC-3@2"})
    @Validates(workItem = "Y-2", criterion = "AC-1", revision = 2)
    void exports() {
        assertEquals(1, 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @trail.Validates(workItem = "X-1", criterion = "AC-4", revision = 0)
    void many(int a) {
        assertEquals(1, a);
    }

    @Disabled("later")
    @Test void disabled() {
        assertEquals(1, 1);
    }

    @Test
    void empty() {}

    @Nested
    class Inner {
        // trail:validates X-1 AC-5
        @Test

        public void deep() {
            String s = "// trail:validates X-1 AC-99";
            String t = """
                // trail:validates X-1 AC-99
                """;
        }
    }

    @Validates(workItem = ITEM, criterion = "AC-6")
    @Test
    void constant() { run(); }

    @Validates(workItem = "X-1", criterion = "AC-" + 6)
    @Test
    void sum() { run(); }

    @Validates("AC-6")
    @Test
    void bare() { run(); }

    @Validates.All({@Validates(workItem = "X-1", criterion = "AC-7"), @Validates(workItem = "X-1", criterion = "AC-8")})
    @Test
    void contained() { run(); }

    @Documents(workItem = "X-1", criterion = "AC-9")
    @Implements(workItem = "X-1", criterion = "AC-10")
    private int helper() { return 1; }

    /** trail:implements X-1 AC-11 */
    static final int LIMIT = 5;

    @Implements(workItem = "X-1", criterion = "AC-12")
    ExportTest() {}
}

class MoreTest {
    @Test
    // trail:validates X-1 AC-13
    void between() { run(); }

    @Nested
    // trail:validates X-1 AC-14
    class Inner {
        @Test void inherits() { run(); }
    }
}
