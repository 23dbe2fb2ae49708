package trail;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Says that a test, or each test of a class, validates a criterion.
 *
 * <pre>{@code
 * @Test
 * @Validates(workItem = "PROJ-1234", criterion = "AC-3")
 * void aFlowHasADuration() { ... }
 * }</pre>
 */
@Documented
@Repeatable(Validates.All.class)
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
@ExtendWith(TrailExtension.class)
public @interface Validates {
    /** The work item's key: {@code "PROJ-1234"}, {@code "owner/repo#12"} or {@code "#12"}. */
    String workItem();

    /** One criterion or several: {@code "AC-3"}, or {@code "AC-3@2"} for its revision 2. */
    String[] criterion();

    /** The revision, where one criterion is named without it; 0 for none. */
    int revision() default 0;

    /** Several on one thing; the compiler writes this. */
    @Documented
    @Retention(RetentionPolicy.RUNTIME)
    @Target({ElementType.METHOD, ElementType.TYPE})
    @ExtendWith(TrailExtension.class)
    @interface All {
        /** Each of them. */
        Validates[] value();
    }
}
