package trail;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Publishes what a test validates as report entries, a pair per criterion. {@link Validates} brings
 * it along, nobody has to register it. It does nothing else to a test but to fail it at once where an
 * annotation is malformed and was not compiled with {@link AnnotationChecker}.
 */
public final class TrailExtension implements BeforeAllCallback, BeforeEachCallback {
    /** Made by JUnit. */
    public TrailExtension() {}

    @Override
    public void beforeAll(ExtensionContext context) {
        Validated.check(context.getRequiredTestClass());
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        for (Link link :
                Validated.by(context.getRequiredTestClass(), context.getRequiredTestMethod())) {
            Map<String, String> pair = new LinkedHashMap<>();
            pair.put("trail.work_item", link.workItem);
            pair.put("trail.criterion", link.claim);
            context.publishReportEntry(pair);
        }
    }
}
