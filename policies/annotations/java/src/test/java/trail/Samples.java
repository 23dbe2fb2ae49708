package trail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests as users write them, many failing on purpose. Run by {@link ReportTest} only. */
class Samples {
    @Validates(workItem = "X-1", criterion = "AC-1")
    static class Flows {
        @Test
        @Validates(workItem = "X-2", criterion = {"AC-1", "AC-3"})
        @Validates(workItem = "X-1", criterion = "AC-1")
        void passes() {}

        @Test
        @Validates(workItem = "X-1", criterion = "AC-2", revision = 3)
        void failsByAssertion() {
            assertEquals(1, 2);
        }

        @Test
        void crashes() {
            throw new IllegalStateException("bell \u0007, lone \ud800, newline\nand <tag> & \"quotes\"");
        }

        @Test
        @Disabled("not today")
        void disabled() {}

        @Test
        void aborted() {
            assumeTrue(false, "not here");
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2})
        void table(int n) {
            assertEquals(1, n);
        }

        @RepeatedTest(2)
        @Validates(workItem = "X-1", criterion = "AC-6")
        void repeats() {}

        @TestFactory
        @Validates(workItem = "X-1", criterion = "AC-7")
        Stream<DynamicTest> made() {
            return Stream.of(DynamicTest.dynamicTest("anything", () -> {}));
        }

        @Nested
        @Validates(workItem = "X-1", criterion = "AC-5")
        class Inner {
            @Test
            void nested() {}
        }
    }

    @Validates(workItem = "X-3", criterion = "AC-1")
    abstract static class Base {
        @Test
        @Validates(workItem = "X-3", criterion = "AC-2")
        void written() {}
    }

    static class Inherited extends Base {}

    static class Broken {
        @BeforeAll
        static void prepare() {
            throw new IllegalStateException("no database");
        }

        @Test
        void neverRuns() {}
    }
}
